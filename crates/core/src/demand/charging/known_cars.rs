//! Common cars, by name.
//!
//! Pack, greatest and mean direct-current power, and the efficiency of the on-board charger by current are those of the
//! table `ev_specs_v2g_2024.json` of EV2Gym 2.0.0 (MIT licence), which gathered
//! them from public data sheets of the cars most registered in the Netherlands. The table has no charging curve: here it
//! is flat at the greatest power up to a bend and falls from there in a straight line to a fiftieth of it when full (as
//! charging at constant voltage does), with the bend where charging from 10 to 80 % has the table's mean power. That the
//! mean is meant from 10 to 80 %, as data sheets have it, and a pack of 400 V are assumed.

use alloc::vec::Vec;

use super::{Car, ChargeCurve, CurrentEfficiency, CurvePoint};

/// Currents of the efficiencies below, A.
const CURRENTS_A: [f64; 14] = [6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 24.0, 26.0, 28.0, 30.0, 32.0];

/// Name; capacity, kWh; greatest AC power, greatest and mean DC power, kW; efficiencies in percent on one and on three phases.
type Row = (&'static str, f64, [f64; 3], &'static [u8], &'static [u8]);

const ROWS: [Row; 8] = [
    ("Tesla Model 3", 57.5, [11.0, 170.0, 100.0], &[75, 78, 84, 84, 84, 87], &[87, 87, 90, 90, 90, 90]),
    ("Tesla Model Y", 57.5, [11.0, 170.0, 100.0], &[72, 78, 81, 81, 84, 84], &[87, 87, 90, 90, 90, 90]),
    (
        "Kia Niro",
        64.8,
        [11.0, 80.0, 70.0],
        &[75, 81, 84, 84, 87, 87, 87, 87, 90, 90, 90, 90, 90, 90],
        &[90, 90, 90, 90, 90, 90],
    ),
    ("Volkswagen ID.3", 58.0, [11.0, 120.0, 80.0], &[81, 84, 84, 84, 87, 87], &[87, 87, 90, 90, 90, 90]),
    ("Skoda Enyaq", 58.0, [11.0, 124.0, 82.0], &[78, 81, 81, 84, 84, 84], &[87, 90, 90, 90, 90, 90]),
    ("Hyundai Kona", 64.0, [11.0, 77.0, 64.0], &[75, 81, 84, 87, 90, 90], &[90, 90, 93, 93, 93, 93]),
    (
        "Peugeot 208",
        46.3,
        [7.4, 101.0, 78.0],
        &[66, 69, 72, 78, 81, 84, 84, 84, 81, 84, 84, 84, 87, 87],
        &[84, 87, 90, 90, 90, 90],
    ),
    (
        "Volkswagen ID.4",
        77.0,
        [11.0, 135.0, 120.0],
        &[87, 84, 87, 87, 90, 87, 90, 90, 90, 90, 90, 90, 90, 90],
        &[90, 90, 90, 90, 90, 90, 90],
    ),
];

impl Car {
    /// The names that [`Car::known`] knows.
    #[must_use]
    pub fn known_names() -> [&'static str; 8] {
        ROWS.map(|row| row.0)
    }

    /// A common car; `None` for a name not in [`Car::known_names`].
    ///
    /// # Examples
    /// ```
    /// let car = microgrid_core::demand::Car::known("Tesla Model 3").unwrap();
    /// assert_eq!(car.capacity_kwh, 57.5);
    /// assert_eq!(car.three_phase.last().unwrap().current_a, 16.0);
    /// ```
    #[must_use]
    pub fn known(name: &str) -> Option<Self> {
        let (name, capacity_kwh, [ac_max_kw, most_kw, mean_kw], one_phase, three_phase) =
            ROWS.into_iter().find(|row| row.0 == name)?;
        let list = |percents: &[u8]| -> Vec<CurrentEfficiency> {
            let point = |(current_a, percent): (f64, &u8)| CurrentEfficiency {
                current_a,
                efficiency: f64::from(*percent) / 100.0,
            };
            CURRENTS_A.into_iter().zip(percents).map(point).collect()
        };
        Some(Self {
            name: name.into(),
            capacity_kwh,
            curve: curve(most_kw, mean_kw, capacity_kwh).into(),
            pack_v: 400.0,
            ac_max_kw,
            one_phase: list(one_phase),
            three_phase: list(three_phase),
        })
    }
}

/// The curve whose mean power from 10 to 80 % is `mean_kw`, by bisection for its bend.
fn curve(most_kw: f64, mean_kw: f64, capacity_kwh: f64) -> [CurvePoint; 3] {
    let bent_at = |bend: f64| {
        [(0.0, most_kw), (bend, most_kw), (1.0, most_kw / 50.0)].map(|(soc, power_kw)| CurvePoint { soc, power_kw })
    };
    let (mut low, mut high) = (0.01, 0.99);
    for _ in 0..60 {
        let bend = 0.5 * (low + high);
        let hours = ChargeCurve::new(&bent_at(bend), capacity_kwh, 1.0).hours(0.1 * capacity_kwh, 0.8 * capacity_kwh);
        if 0.7 * capacity_kwh / hours < mean_kw {
            low = bend;
        } else {
            high = bend;
        }
    }
    bent_at(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_the_mean_power_of_its_table() {
        for (name, capacity_kwh, [_, most_kw, mean_kw], ..) in ROWS {
            let car = Car::known(name).unwrap();
            let mut problems = crate::Problems::none();
            car.check(&mut problems, format_args!("car"));
            assert!(problems.is_empty(), "{problems}");
            let hours = ChargeCurve::new(&car.curve, capacity_kwh, 0.25).hours(0.1 * capacity_kwh, 0.8 * capacity_kwh);
            assert!((0.7 * capacity_kwh / hours - mean_kw).abs() < 1e-6, "{name}: {hours} h");
            assert_eq!(car.curve[0].power_kw, most_kw);
            assert!((0.1..0.8).contains(&car.curve[1].soc), "{name}: {:?}", car.curve);
        }
        assert_eq!(Car::known("Trabant"), None);
    }
}
