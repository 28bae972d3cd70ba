use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::demand::Task;

const SLOTS: u32 = 8;

fn charging() -> impl Strategy<Value = FlexibleSession> {
    (0..SLOTS, 1..SLOTS + 1, 0.05..=1.0_f64, 0.05..=1.0_f64, 0.5..12.0_f64, 0.0..1.3_f64, 0.0..=1.0_f64).prop_map(
        |(from, length, first_share, last_share, charge_max_kw, most, least)| {
            let session = FlexibleSession {
                from_slot: from,
                until_slot: (from + length).min(SLOTS),
                first_share,
                last_share,
                charge_max_kw,
                discharge_max_kw: 0.0,
                energy_least_kwh: 0.0,
                energy_most_kwh: 1e6,
                level_min_kwh: 0.0,
                level_max_kwh: 1e6,
            };
            let reach = session.most_kwh(0.5, &|_| true);
            let energy_most_kwh = most * reach;
            FlexibleSession { energy_most_kwh, energy_least_kwh: least * energy_most_kwh.min(reach), ..session }
        },
    )
}

fn any_session() -> impl Strategy<Value = FlexibleSession> {
    (charging(), prop::bool::ANY, 0.5..12.0_f64, 0.0..8.0_f64, 0.0..8.0_f64).prop_map(
        |(session, gives, discharge_max_kw, reserve_kwh, room_kwh)| {
            if !gives {
                return session;
            }
            let level_max_kwh = session.energy_least_kwh + room_kwh;
            session.giving_back(discharge_max_kw, reserve_kwh, level_max_kwh)
        },
    )
}

fn fleet(sessions: Vec<FlexibleSession>) -> FleetFlexibility {
    FleetFlexibility::new(sessions, SLOTS, 1800).unwrap()
}

fn prices() -> impl Strategy<Value = Vec<f64>> {
    // Ties and negative prices are as likely as any.
    prop::collection::vec(prop_oneof![Just(0.2), Just(-0.1), -0.3..0.6_f64], SLOTS as usize)
}

proptest! {
    /// Two ways to one optimum that share nothing: car by car with Edmonds' greedy, and the flow through all of them.
    #[test]
    fn the_flow_costs_what_the_greedy_costs(sessions in prop::collection::vec(any_session(), 1..8), prices in prices()) {
        let fleet = fleet(sessions);
        let greedy = fleet.least_cost(&prices).unwrap();
        let costs: Vec<SlotCost> = prices.iter().map(|price| SlotCost::flat(*price)).collect();
        let flow = fleet.least_convex_cost(&costs).unwrap();
        prop_assert!((greedy.cost - flow.cost).abs() < 1e-9, "{} {}", greedy.cost, flow.cost);
        let shared = fleet.disaggregate(&greedy.power_kw).unwrap();
        within_limits(&fleet, &shared, &greedy.power_kw)?;
        within_limits(&fleet, &fleet.disaggregate(&flow.power_kw).unwrap(), &flow.power_kw)?;
    }

    /// b and p bound every course, and are reached: by the greedy at a price of the set alone.
    #[test]
    fn most_and_least_are_reached(sessions in prop::collection::vec(any_session(), 1..6), within in prop::collection::vec(prop::bool::ANY, SLOTS as usize)) {
        let fleet = fleet(sessions);
        let taken = |price: f64| {
            let prices: Vec<f64> = within.iter().map(|is_in| if *is_in { price } else { 0.0 }).collect();
            let plan = fleet.least_cost(&prices).unwrap();
            plan.power_kw.iter().zip(&within).filter(|(_, is_in)| **is_in).map(|(kw, _)| kw * 0.5).sum::<f64>()
        };
        prop_assert!((taken(-1.0) - fleet.most_kwh(&within)).abs() < 1e-9);
        prop_assert!((taken(1.0) - fleet.least_kwh(&within)).abs() < 1e-9);
    }

    /// The envelope is that of single slots and of prefixes.
    #[test]
    fn the_envelope_is_made_of_slots_and_prefixes(sessions in prop::collection::vec(any_session(), 1..6)) {
        let fleet = fleet(sessions);
        let envelope = fleet.envelope();
        for slot in 0..SLOTS as usize {
            let marked = |is_in: &dyn Fn(usize) -> bool| (0..SLOTS as usize).map(is_in).collect::<Vec<_>>();
            let (alone, prefix) = (marked(&|other| other == slot), marked(&|other| other <= slot));
            let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
            prop_assert!(close(envelope.power_max_kw[slot] * 0.5, fleet.most_kwh(&alone)));
            prop_assert!(close(envelope.power_min_kw[slot] * 0.5, fleet.least_kwh(&alone)));
            prop_assert!(close(envelope.energy_most_kwh[slot], fleet.most_kwh(&prefix)));
            prop_assert!(close(envelope.energy_least_kwh[slot], fleet.least_kwh(&prefix)));
        }
    }

    /// A course is shared exactly where no set of slots forbids it; where one does, it is named, and by as much as it says.
    #[test]
    fn a_course_is_shared_or_a_set_of_slots_forbids_it(
        sessions in prop::collection::vec(any_session(), 1..6),
        prices in prices(),
        moved in prop::collection::vec(-3.0..3.0_f64, SLOTS as usize),
        scale in prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64],
    ) {
        let fleet = fleet(sessions);
        let mut power_kw = fleet.least_cost(&prices).unwrap().power_kw;
        power_kw.iter_mut().zip(&moved).for_each(|(kw, by)| *kw += scale * by);
        match fleet.disaggregate(&power_kw) {
            Ok(shared) => within_limits(&fleet, &shared, &power_kw)?,
            Err(why) => {
                let within: Vec<bool> = (0..SLOTS).map(|slot| why.slots.contains(&slot)).collect();
                let course: f64 = why.slots.iter().map(|slot| power_kw[*slot as usize] * 0.5).sum();
                let beyond =
                    if why.too_much { course - fleet.most_kwh(&within) } else { fleet.least_kwh(&within) - course };
                prop_assert!((beyond - why.short_kwh).abs() < 1e-7, "{why:?} {beyond}");
                prop_assert!(scale > 0.0);
            }
        }
    }

    /// The bid curve is convex, 0 at 0, and ends where the range says.
    #[test]
    fn bids_rise_from_the_plan(sessions in prop::collection::vec(any_session(), 1..6), prices in prices(), start in 0..6_usize) {
        let fleet = fleet(sessions);
        let costs: Vec<SlotCost> = prices.iter().map(|price| SlotCost::flat(*price)).collect();
        let plan = fleet.least_convex_cost(&costs).unwrap();
        let window = start..start + 2;
        let range = fleet.bid_range(&plan, &costs, window.clone()).unwrap();
        let at = |share: f64| if share < 0.0 { share * range.down_kw } else { share * range.up_kw };
        let inside: Vec<f64> = [-1.0, -0.5, 0.0, 0.5, 1.0].map(at).to_vec();
        let bids = fleet.bid_curve(&plan, &costs, window.clone(), &inside).unwrap();
        let bids: Vec<Bid> = bids.into_iter().map(|bid| bid.expect("within the range")).collect();
        prop_assert!(bids[2].extra_cost.abs() < 1e-9);
        for three in bids.windows(3) {
            let [a, b, c] = [three[0], three[1], three[2]];
            // b lies between a and c: its cost is on or below the chord.
            let width = c.change_kw - a.change_kw;
            let chord = if width > 1e-9 { a.extra_cost + (c.extra_cost - a.extra_cost) * (b.change_kw - a.change_kw) / width } else { b.extra_cost };
            prop_assert!(b.extra_cost <= chord + 1e-7 && b.extra_cost >= -1e-8, "{three:?}");
        }
        let outside = [range.up_kw + 1e-3, -range.down_kw - 1e-3];
        let bids = fleet.bid_curve(&plan, &costs, window, &outside).unwrap();
        prop_assert!(bids.iter().all(Option::is_none), "{range:?} {bids:?}");
    }
}

fn within_limits(fleet: &FleetFlexibility, shared: &Disaggregation, power_kw: &[f64]) -> Result<(), TestCaseError> {
    let mut sum = alloc::vec![0.0; fleet.slots()];
    for (i, session) in fleet.sessions().iter().enumerate() {
        let (mut level, mut total) = (0.0, 0.0);
        for (slot, kw) in session.slots().zip(shared.session_kw(i)) {
            let (least, most) = session.limits_kwh(slot, 0.5);
            let kwh = kw * 0.5;
            prop_assert!(kwh >= least - 1e-9 && kwh <= most + 1e-9, "{kwh} {least} {most}");
            level += kwh;
            if !session.only_charges() {
                prop_assert!(level >= session.level_min_kwh - 1e-8 && level <= session.level_max_kwh + 1e-8);
            }
            sum[slot] += kw;
            total += kwh;
        }
        let (least, most) = session.end_range();
        prop_assert!(total >= least - 1e-8 && total <= most + 1e-8, "{total} {least} {most}");
    }
    for (sum, kw) in sum.iter().zip(power_kw) {
        prop_assert!((sum - kw).abs() < 1e-8, "{sum} {kw}");
    }
    Ok(())
}

#[test]
fn a_kink_and_a_limit_on_the_sum_move_cars_to_the_sun() {
    // Two cars of 6 kWh at 3 kW over four hours; 4 kW of sun in the second hour, 2 in the third, 2 kW of import at most.
    let car = Task { from_s: 0, until_s: 4 * 3600, energy_kwh: 6.0, power_max_kw: 3.0 };
    let fleet = FleetFlexibility::of_tasks(&[car, car], 4, 3600).unwrap();
    let sun = [0.0, 4.0, 2.0, 0.0];
    let costs = sun.map(|sun_kw| SlotCost::at_site(-sun_kw, 0.6, 0.2, [2.0, 100.0]));
    let plan = fleet.least_convex_cost(&costs).unwrap();
    // All 6 kWh of sun at 0.2, and 6 of import at 0.6.
    assert!((plan.cost - (6.0 * 0.2 + 6.0 * 0.6)).abs() < 1e-12, "{plan:?}");
    assert!(plan.power_kw.iter().zip(sun).all(|(kw, sun)| *kw <= sun + 2.0 + 1e-12 && *kw >= sun - 1e-12), "{plan:?}");
    // With 1 kW of import the four hours give 10 kWh, two too few.
    let tight = sun.map(|sun_kw| SlotCost::at_site(-sun_kw, 0.6, 0.2, [1.0, 100.0]));
    let refused = fleet.least_convex_cost(&tight).unwrap_err();
    assert!(
        refused.iter().next().unwrap().message.starts_with("takes 2.000000 kWh less than the fleet must in 4 slots")
    );
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let car = Task { from_s: 0, until_s: 3600, energy_kwh: 3.0, power_max_kw: 3.0 };
    let car = FlexibleSession::of_task(&car, 4, 3600).unwrap();
    let sessions = alloc::vec![
        FlexibleSession { until_slot: 9, ..car },
        FlexibleSession { energy_least_kwh: 5.0, energy_most_kwh: 5.0, ..car },
        FlexibleSession { charge_max_kw: f64::NAN, ..car },
    ];
    let problems = FleetFlexibility::new(sessions, 4, 3600).unwrap_err();
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["session[0].until_slot", "session[1].energy_least_kwh", "session[2].charge_max_kw"]);
    let fleet = FleetFlexibility::new(alloc::vec![car], 4, 3600).unwrap();
    assert!(fleet.least_cost(&[0.1; 3]).is_err() && fleet.least_cost(&[f64::NAN; 4]).is_err());
    let falling = SlotCost::at_site(-1.0, 0.1, 0.2, [5.0, 5.0]);
    assert!(fleet.least_convex_cost(&[falling.clone(), falling.clone(), falling.clone(), falling]).is_err());
}
