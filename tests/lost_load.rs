//! Promise: load that has no price is served before anything is saved, and read in kWh; a price that is given is used.

use microgrid::demand::{Load, Tier, ValueOfLostLoad};
use microgrid::dispatch::{Controller, Dispatch};
use microgrid::{Battery, Calendar, DemandCharge, Genset, Outcome, Plan, Scenario, Tariff, simulate};

use crate::random_site::{Limits, Recipe, build};

fn run(site: &Scenario, strategy: Dispatch) -> Outcome {
    microgrid::run(site, &[strategy], None).unwrap_or_else(|problems| panic!("{problems}")).remove(0)
}

/// An island in dong: a litre of diesel costs 25 000, so that any price of lost load of another currency is below it.
fn island() -> Scenario {
    let mut site = Scenario::new("island", Calendar::days(3600, 2));
    site.currency = "VND".into();
    site.loads = vec![Load::new("load", (0..48).map(|hour| 3.0 + f64::from(hour % 5)).collect::<Vec<_>>())];
    site.loads.push(Load { tier: Tier::Sheddable, ..Load::new("pump", 1.0) });
    site.gensets = vec![Genset { start_cost: 50_000.0, min_up_h: 2.0, ..Genset::diesel(12.0, 25_000.0) }];
    site.storage = vec![Battery { grid_forming: true, ..Battery::lithium_iron_phosphate(10.0, 4.0) }];
    site.outages.push(0..48);
    site
}

#[test]
fn load_without_a_price_is_worth_more_than_any_fuel() {
    let site = island();
    let outcome = run(&site, Dispatch::Optimal);
    assert!(outcome.energy.unserved_kwh < 1e-9, "{} kWh", outcome.energy.unserved_kwh);
    assert_eq!(outcome.money.unserved_cost, 0.0);
    let plan = Plan::compile(&site).unwrap();
    let litre_per_kwh = site.gensets[0].cost_per_h(site.gensets[0].min_kw(), 0.0) / site.gensets[0].min_kw();
    assert!(plan.avoided_value_per_kwh() > litre_per_kwh, "{}", plan.avoided_value_per_kwh());
    assert!(!outcome.notes.iter().any(|note| note.contains("unserved energy")), "{:?}", outcome.notes);
}

/// What cannot be served is named in kWh, with what it counts, and no bill has it.
#[test]
fn unserved_energy_without_a_price_is_read_in_kwh() {
    let mut site = island();
    site.gensets.clear();
    let outcome = run(&site, Dispatch::SelfConsumption);
    let [critical, normal, sheddable] = outcome.energy.unserved_by_tier_kwh;
    assert!(critical == 0.0 && normal > 0.0 && sheddable > 0.0);
    let values = Plan::compile(&site).unwrap().value_of_lost_load_per_kwh();
    assert_eq!(outcome.money.unserved_cost, normal * values[1] + sheddable * values[2]);
    assert_eq!(outcome.money.bill_total, 0.0);
    let note = outcome.notes.iter().find(|note| note.starts_with("unserved energy has no price")).unwrap();
    assert!(note.contains("normal ") && note.contains("sheddable ") && !note.contains("critical "), "{note}");

    site.value_of_lost_load = ValueOfLostLoad::of_tiers(9.0, 7.0, 0.5);
    let priced = run(&site, Dispatch::SelfConsumption);
    let [_, normal, sheddable] = priced.energy.unserved_by_tier_kwh;
    assert_eq!(priced.money.unserved_cost, normal * 7.0 + sheddable * 0.5);
    assert!(!priced.notes.iter().any(|note| note.starts_with("unserved energy")), "{:?}", priced.notes);
}

/// A tier that may be interrupted is cheap: the price is taken, and a note says that serving may cost more.
#[test]
fn a_given_price_is_used_with_a_note_where_serving_may_cost_more() {
    let mut site = Scenario::new("site", Calendar::days(3600, 1));
    site.loads = vec![Load::new("load", 5.0), Load { tier: Tier::Sheddable, ..Load::new("pump", 2.0) }];
    site.tariff = Tariff { demand: vec![DemandCharge::new("peak", 6.0, 3600)], ..Tariff::flat(0.25, 0.0) }.into();
    site.value_of_lost_load = ValueOfLostLoad { sheddable_per_kwh: Some(1.0), ..ValueOfLostLoad::default() };
    let plan = Plan::compile(&site).unwrap();
    let outcome = simulate(&plan, Controller::built_in(&Dispatch::Idle, &plan).unwrap());
    let note = "sheddable load is worth 1 per kWh not served; serving it may cost up to 6.25";
    assert!(outcome.notes.iter().any(|found| found == note), "{:?}", outcome.notes);
    assert_eq!(plan.value_of_lost_load_per_kwh(), [50.0, 25.0, 1.0]);
    site.value_of_lost_load.sheddable_per_kwh = Some(6.25);
    let outcome = run(&site, Dispatch::Idle);
    assert!(!outcome.notes.iter().any(|found| found.contains("per kWh not served")), "{:?}", outcome.notes);

    let refused = |lost: ValueOfLostLoad| {
        Plan::compile(&Scenario { value_of_lost_load: lost, ..site.clone() }).unwrap_err().to_string()
    };
    assert!(refused(ValueOfLostLoad::of_tiers(3.0, 2.0, 0.0)).contains("sheddable_per_kwh"));
    assert!(refused(ValueOfLostLoad::of_tiers(3.0, 4.0, 1.0)).contains("must not rise"));
}

/// On random sites without any price no rule serves more than `optimal` does, by what unserved energy counts.
#[test]
fn no_rule_serves_more_than_the_optimum() {
    let (mut sites, mut short, mut outages, mut gensets) = (0, 0, 0, 0);
    for seed in 0..36_u64 {
        let recipe = Recipe {
            step_s: 3600,
            days: 3,
            months: 1,
            plants: 1,
            batteries: 1,
            leaks: seed.is_multiple_of(2),
            reserves: seed.is_multiple_of(3),
            grid_forming: true,
            loads: 3,
            outages: seed as usize % 3,
            limits: if seed.is_multiple_of(4) { Limits::Constant } else { Limits::None },
            import_prices: 1,
            export_prices: 1,
            demand_charges: seed as usize % 2,
            gensets: usize::from(seed % 4 == 1),
            seed,
            ..Recipe::default()
        };
        let mut site = build(&recipe);
        site.value_of_lost_load = ValueOfLostLoad::default();
        let Ok(plan) = Plan::compile(&site) else { continue };
        let counted = |outcome: &Outcome| -> f64 {
            let tiers = outcome.energy.unserved_by_tier_kwh.iter().zip(plan.value_of_lost_load_per_kwh());
            tiers.map(|(kwh, value)| kwh * value).sum()
        };
        let optimal = run(&site, Dispatch::Optimal);
        sites += 1;
        outages += usize::from(!site.outages.is_empty());
        gensets += usize::from(!site.gensets.is_empty());
        short += usize::from(counted(&optimal) > 0.0);
        for dispatch in Dispatch::every_for(&site).filter(|d| !matches!(d, Dispatch::Optimal)) {
            let rule = run(&site, dispatch);
            let (most, least) = (counted(&optimal), counted(&rule));
            assert!(most <= least + 1e-6 * (1.0 + least), "seed {seed}: {most} above {least} of {}", rule.strategy);
        }
    }
    println!("{sites} sites, {short} of them short of supply, {outages} with outages, {gensets} with gensets");
    assert!(sites >= 30 && short >= 5 && outages >= 15 && gensets >= 5, "{sites} {short} {outages} {gensets}");
}
