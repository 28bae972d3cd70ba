//! Charging sessions: records of a charging network, or sessions drawn from distributions.
//!
//! # Format of a session file
//! A CSV file with a first line of names and one line a session, as ACN-Data publishes them (Lee, Li & Low, *ACN-Data:
//! Analysis and Applications of an Open EV Charging Dataset*, ACM e-Energy 2019). Columns may stand in any order;
//! others than these are not read.
//!
//! | column | meaning |
//! |---|---|
//! | `arrival` | when the car is plugged in, with its offset from UTC: `2019-11-03 01:30:00-07:00` |
//! | `departure` | when it is unplugged, after the arrival |
//! | `requested_energy (kWh)` or `requested_kwh` | energy that the driver asked for, 0 to 10 000 |
//! | `delivered_energy (kWh)` or `delivered_kwh` | energy that the charger metered, 0 to 10 000 |
//! | `station_id` | the bay; may be left out where overlaps are allowed |
//! | `estimated_departure` | when the driver said that the car would leave; only where that is asked for |
//! | `car`, `arrival_soc` | the kind of car, and its state of charge at arrival, 0 to 1; only where they are asked for |
//!
//! Which of the two energies is the ask is said by name. An offset is taken as written, whatever the zone's is at that
//! time, so a stay over a change of clock has its true length. A time without an offset is one of the clock named; one
//! that exists twice there, or not at all, is refused.
//!
//! # Format of a file of charging profiles
//! A JSON list of what `SetChargingProfile` carries, in the words of OCPP 1.6 or 2.0.1:
//! ```json
//! [{ "connectorId": 0,
//!    "csChargingProfiles": {
//!      "chargingProfileId": 1, "stackLevel": 0,
//!      "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Recurring", "recurrencyKind": "Daily",
//!      "chargingSchedule": {
//!        "startSchedule": "2026-06-01T23:00:00+08:00", "duration": 25200, "chargingRateUnit": "A",
//!        "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": 32.0, "numberPhases": 3 }] } } }]
//! ```
//! `connectorId` (`evseId`) is the bay, counted from 1 in the order of the bays' names; 0, the default, is every bay, each a charge point of
//! its own. Purposes are
//! `ChargePointMaxProfile` (`ChargingStationMaxProfile`), `TxDefaultProfile` and `TxProfile`; the last may name the session it is for by
//! `transactionId`, its number counted from 0. Limits are `W`, or `A` in each phase at bays of alternating current, on three phases where
//! `numberPhases` is left out, and on no more than the bay has. A schedule without `startSchedule` begins when the car is plugged in, and
//! a recurring one begins anew every 86 400 or 604 800 s.
//!
//! Not for physics: [`serve`](microgrid_core::demand::serve) says what sessions draw.

mod draw;
mod profiles;
mod records;
mod swaps;

pub use draw::{Distributions, SessionDraw};
pub use profiles::profiles_json;
pub(crate) use profiles::{ProfileBays, read_profiles};
pub use records::{Ask, DeclaredStay, Overlaps, Session, SessionRules, read_sessions};
pub use swaps::{SwapDraw, read_swaps};
