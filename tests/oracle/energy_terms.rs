//! Energy blocks and the five forms of metering on random sites: the oracle's bill is the simulator's, and no run is
//! below the bound.
//!
//! It catches a block that is counted by the wrong month or shared by the wrong period, a credit set off twice, left in
//! the wrong bucket or settled late, and planning prices dearer than the bill.

use std::collections::BTreeMap;
use std::sync::Arc;

use microgrid::Scenario;
use microgrid::dispatch::Bound;
use microgrid::simulate;
use microgrid::utility::{
    BlockCount, BlockPrices, CreditPays, Metering, MeteringForm, Price, PriceComponent, Tariff, YearEnd,
};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::compare;
use crate::random_site::{Numbers, RULES, build, cases, compile, recipe};
use microgrid::dispatch::Controller;

const FORMS: [MeteringForm; 5] = [
    MeteringForm::NetBilling,
    MeteringForm::NetBillingCarried,
    MeteringForm::NetMetering,
    MeteringForm::NetMeteringMoney,
    MeteringForm::BuyAllSellAll,
];

/// Blocks of random borders around what a site of this length takes.
fn blocks(site: &Scenario, draw: &mut Numbers) -> BlockPrices {
    let calendar = &site.calendar;
    let (steps, months) = (calendar.steps(), calendar.months.len());
    let periods = 1 + draw.below(3);
    let by_hour: Vec<u16> = (0..24).map(|_| draw.below(periods) as u16).collect();
    let per_hour = (3600 / calendar.step_s) as usize;
    let count = 2 + draw.below(2);
    let month_kwh = 60.0 * steps as f64 * calendar.step_h() / months as f64;
    let mut rows = || -> Vec<f64> {
        let mut row: Vec<f64> = (1..count).map(|_| month_kwh * draw.between(0.02, 1.0)).collect();
        row.sort_by(f64::total_cmp);
        row
    };
    let up_to_kwh = vec![rows()];
    let price_rows = if draw.chance(0.3) { months } else { 1 };
    let counter_of_period: Vec<u16> = if draw.chance(0.3) { (0..periods as u16).collect() } else { vec![0; periods] };
    let counted = if draw.chance(0.5) {
        BlockCount::Month
    } else {
        let counts = usize::from(*counter_of_period.last().unwrap()) + 1;
        BlockCount::Year {
            begins: (0..months).map(|_| draw.chance(0.3)).collect(),
            earlier_kwh: if draw.chance(0.5) {
                (0..counts).map(|_| month_kwh * draw.share()).collect()
            } else {
                vec![]
            },
        }
    };
    let rising = draw.chance(0.5);
    let price_per_kwh = (0..count).map(|block| {
        let shift = if rising { 0.2 * block as f64 } else { 0.0 };
        let row = |draw: &mut Numbers| (0..periods).map(|_| shift + draw.between(0.0, 0.6)).collect();
        (0..price_rows).map(|_| row(draw)).collect()
    });
    BlockPrices {
        price_per_kwh: price_per_kwh.collect(),
        periods: (0..periods).map(|period| format!("period {period}")).collect(),
        period_of_step: (0..steps).map(|step| by_hour[step / per_hour % 24]).collect(),
        up_to_kwh,
        counted,
        counter_of_period,
    }
}

fn metering(site: &Scenario, draw: &mut Numbers, form: MeteringForm) -> Metering {
    let calendar = &site.calendar;
    if matches!(form, MeteringForm::NetBilling | MeteringForm::BuyAllSellAll) {
        return Metering { form, ..Metering::default() };
    }
    let nets = matches!(form, MeteringForm::NetMetering | MeteringForm::NetMeteringMoney);
    let names = site.tariff.import.iter().map(|component| component.name.clone());
    let year_end = [YearEnd::Lapsed, YearEnd::Paid, YearEnd::Rolled][draw.below(3)];
    let is_paid = year_end == YearEnd::Paid && form == MeteringForm::NetMetering;
    Metering {
        form,
        bucket_of_step: (nets && draw.chance(0.5))
            .then(|| (0..calendar.steps()).map(|step| (step / 5 % 2) as u16).collect()),
        non_bypassable: names.filter(|_| draw.chance(0.3)).collect(),
        pays: [CreditPays::Energy, CreditPays::Charges][draw.below(2)],
        true_up: calendar.months.iter().map(|_| draw.chance(0.4)).collect(),
        year_end,
        year_end_price_per_kwh: if is_paid { draw.between(0.0, 0.2) } else { 0.0 },
    }
}

/// Gives a site's tariff the terms of this test, and says which it got.
fn with_terms(site: &mut Scenario, draw: &mut Numbers) -> Vec<&'static str> {
    let mut got = Vec::new();
    let form = FORMS[draw.below(FORMS.len())];
    got.push(form.name());
    let mut tariff: Tariff = (*site.tariff).clone();
    let nets = !matches!(form, MeteringForm::NetBilling | MeteringForm::NetBillingCarried);
    let mut change = |components: &mut Vec<PriceComponent>, most: f64| {
        for component in components {
            if draw.chance(0.5) {
                component.price = Price::Blocks(blocks(site, draw));
            } else if nets && matches!(component.price, Price::Steps(_)) {
                component.price = Price::Constant(draw.between(0.0, most));
            }
        }
    };
    change(&mut tariff.import, 0.8);
    change(&mut tariff.export, 0.3);
    if form == MeteringForm::NetMetering {
        tariff.export.clear();
    }
    for price in tariff.import.iter().chain(&tariff.export).map(|component| &component.price) {
        if let Price::Blocks(blocks) = price {
            got.push(if blocks.counter_of_period.len() > 1 && blocks.counter_of_period[1] > 0 {
                "each period"
            } else {
                "together"
            });
            got.push(if blocks.counted == BlockCount::Month { "by month" } else { "by year" });
        }
    }
    site.tariff = Arc::new(tariff);
    let metering = metering(site, draw, form);
    if !metering.non_bypassable.is_empty() {
        got.push("non-bypassable");
    }
    if metering.true_up.contains(&true) {
        got.push("true-up");
    }
    if metering.bucket_of_step.is_some() {
        got.push("within buckets");
    }
    Arc::make_mut(&mut site.tariff).metering = metering;
    got
}

#[test]
fn random_energy_terms_agree_with_the_oracle_and_stay_above_the_bound() {
    let count = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(400);
    let mut runner = TestRunner::new(cases(1));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut bounded = 0;
    for case in 0..count {
        let drawn = recipe().new_tree(&mut runner).unwrap().current();
        let mut site = build(&drawn);
        let mut draw = Numbers(drawn.seed ^ 0x5eed);
        let terms = with_terms(&mut site, &mut draw);
        let rule = &RULES[draw.below(RULES.len())];
        compare(&site, rule).unwrap_or_else(|fault| panic!("case {case}, {terms:?}: {fault}"));
        terms.iter().for_each(|term| *counts.entry(term).or_default() += 1);
        let plan = compile(&site);
        let objective = simulate(&plan, Controller::built_in(rule, &plan).unwrap()).money;
        if let Some(lower) = Bound::of(&plan).objective {
            let small =
                1e-7 * (1.0 + objective.energy_charge.abs() + objective.unserved_cost + objective.objective.abs());
            assert!(lower <= objective.objective + small, "case {case}, {terms:?}: {lower} > {}", objective.objective);
            bounded += 1;
        }
    }
    println!("{count} sites, {bounded} with a bound: {counts:?}");
    assert!(count < 400 || counts.values().all(|count| *count >= 30), "a term was hardly drawn: {counts:?}");
}
