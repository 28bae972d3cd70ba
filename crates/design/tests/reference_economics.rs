//! Promise: net present cost, salvage, cash flows, paybacks, levelised costs and loans are those that HOMER, SAM and
//! Microgrids.jl give for the same inputs. Tolerance 1e-9 of the figure (what their printed digits leave), 1e-5 for HOMER's
//! printed example, which rounds a life to 3.52 years.

use microgrid_design::economics::*;
use proptest::prelude::*;
use serde_json::Value;

fn data(name: &str) -> Value {
    let path = format!("{}/../../tests/data/economics/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

#[track_caller]
fn same(ours: f64, theirs: f64, tolerance: f64) {
    assert!((ours - theirs).abs() <= tolerance * theirs.abs().max(1e-12), "{ours} instead of {theirs}");
}

fn component(capital: f64, replacement: f64, life: f64, upkeep: f64, salvage: Salvage) -> Component {
    Component {
        name: "part".into(),
        capital_cost: capital,
        replacement_cost: replacement,
        lifetime_years: life,
        upkeep_cost_per_year: upkeep,
        salvage,
    }
}

#[test]
fn homer_s_examples() {
    let homer = data("homer_examples");
    let (inputs, parts) = (&homer["generator"]["inputs"], &homer["generator"]["parts"]);
    let at = |key: &str| number(&inputs[key]);
    let genset = component(at("capital"), at("replacement"), at("life_years"), at("om_per_year"), Salvage::Linear);
    let fuel = component(0.0, 0.0, f64::INFINITY, at("fuel_per_year"), Salvage::None);
    let (costs, fuel) = (genset.present_costs(0.06, 25), fuel.present_costs(0.06, 25));
    same(costs.upkeep_cost, number(&parts["om_pv"]), 1e-12);
    same(fuel.upkeep_cost, number(&parts["fuel_pv"]), 1e-12);
    same(costs.replacement_cost, number(&parts["replacement_pv"]), 1e-12);
    same(costs.salvage_value, number(&parts["salvage_pv"]), 1e-9);
    same(costs.total() + fuel.total(), number(&homer["generator"]["homer_npc"]), 1e-5);
    assert_eq!(genset.replacement_years(25).count(), 7);
    same(real_rate(0.08, 0.035), number(&homer["real_rate"]["homer"]), 1e-3);
    same(nominal_rate(real_rate(0.08, 0.035), 0.035), 0.08, 1e-12);
    same(discount_factor(0.05, 12.0), number(&homer["discount_factor"]["homer"]), 1e-3);
    same(component(0.0, 10_000.0, 25.0, 0.0, Salvage::Linear).salvage_value(0.05, 20), 2000.0, 1e-12);
    let wind = component(165_000.0, 95_000.0, 20.0, 5_000.0, Salvage::Linear).present_costs(0.06, 25).total();
    same(wind, number(&homer["wind_turbine_annualised"]["computed_npc"]), 1e-12);
    same(wind * capital_recovery_factor(0.06, 25.0), 18_925.943580601088, 1e-12);
}

#[test]
fn microgrids_jl_s_site() {
    let reference = data("microgrids_jl_npc");
    let inputs = &reference["inputs"];
    let (genset, battery, pv) = (&inputs["generator"], &inputs["battery"], &inputs["pv"]);
    let of = |table: &Value, key: &str| number(&table[key]);
    for (case, rate, salvage) in [
        ("no_discount", 0.0, Salvage::Linear),
        ("five_percent_linear_salvage", 0.05, Salvage::Linear),
        ("five_percent_consistent_salvage", 0.05, Salvage::Consistent),
    ] {
        let part = |capital: f64, life: f64, upkeep: f64| component(capital, capital, life, upkeep, salvage);
        let (kw, hours) = (of(genset, "kw"), of(genset, "hours_per_year"));
        let cycles = of(battery, "life_cycles") / of(battery, "cycles_per_year");
        let parts = [
            part(
                kw * of(genset, "capex_per_kw"),
                of(genset, "life_h") / hours,
                kw * hours * of(genset, "om_per_h_per_kw"),
            ),
            part(
                of(battery, "kwh") * of(battery, "capex_per_kwh"),
                of(battery, "life_years").min(cycles),
                of(battery, "kwh") * of(battery, "om_per_kwh_year"),
            ),
            part(of(pv, "kw") * of(pv, "capex_per_kw"), of(pv, "life_years"), of(pv, "kw") * of(pv, "om_per_kw_year")),
        ];
        let fuel = component(0.0, 0.0, f64::INFINITY, of(genset, "fuel_l_per_year"), Salvage::None);
        let costs: Vec<PresentCosts> = parts.iter().map(|part| part.present_costs(rate, 25)).collect();
        let sum = |number: fn(&PresentCosts) -> f64| costs.iter().map(number).sum::<f64>();
        let theirs = &reference["check"][case]["computed_here"];
        same(sum(|c| c.capital_cost), number(&theirs["investment"]), 1e-12);
        same(sum(|c| c.replacement_cost), number(&theirs["replacement"]), 1e-9);
        same(sum(|c| c.upkeep_cost), number(&theirs["om"]), 1e-9);
        same(-sum(|c| c.salvage_value), number(&theirs["salvage"]), 1e-9);
        let total = sum(PresentCosts::total) + fuel.present_costs(rate, 25).total();
        same(total, number(&theirs["total"]), 1e-9);
        let served = number(&inputs["served_kwh_per_year"]);
        same(levelised_cost_homer(total, rate, 25, served), number(&reference["check"][case]["lcoe"]), 1e-9);
    }
}

#[test]
fn sam_s_fixed_charge_calculator() {
    for case in data("lcoefcr")["lcoefcr"].as_array().unwrap() {
        let of = |key: &str| number(&case[key]);
        let cost = levelised_cost_of_fixed_charge(
            of("capital_cost"),
            of("fixed_charge_rate"),
            of("fixed_operating_cost"),
            of("variable_operating_cost"),
            of("annual_energy_kwh"),
        );
        same(cost, of("lcoe_fcr"), 1e-12);
    }
}

#[test]
fn sam_s_commercial_cash_flows() {
    let mut cases = 0;
    for (name, case) in data("cashloan")["cases"].as_object().unwrap() {
        let (inputs, outputs) = (&case["inputs"], &case["outputs"]);
        let of = |key: &str| number(&inputs[key]);
        let capital = of("capex_per_kwp") * of("pv_kwp");
        let project = Project {
            years: of("analysis_years") as u32,
            capital_cost: capital,
            savings_by_year: Some(list(&outputs["cf_energy_value"]).split_off(1)),
            upkeep_cost_per_year: of("om_per_kwp_year") * of("pv_kwp"),
            upkeep_growth: of("inflation"),
            salvage_value: of("salvage_fraction") * capital,
            ..Project::default()
        };
        let flow = project.cash_flow().after_tax();
        for (ours, theirs) in flow.iter().zip(list(&outputs["cf_after_tax_cash_flow"])) {
            same(*ours, theirs, 1e-9);
        }
        let nominal = nominal_rate(of("real_discount_rate"), of("inflation"));
        same(nominal, of("nominal_discount_rate"), 1e-12);
        same(net_present_value(&flow, nominal), number(&outputs["npv"]), 1e-9);
        same(payback_years(&flow).unwrap(), number(&outputs["payback_years"]), 1e-9);
        same(discounted_payback_years(&flow, nominal).unwrap(), number(&outputs["discounted_payback_years"]), 1e-9);
        let mut costs = list(&outputs["cf_operating_expenses"]);
        costs[0] += capital;
        let energy = list(&outputs["cf_energy_kwh"]);
        for (key, rate) in [("lcoe_nominal_cents", nominal), ("lcoe_real_cents", of("real_discount_rate"))] {
            same(100.0 * levelised_cost_sam(&costs, &energy, nominal, rate), number(&outputs[key]), 1e-9);
        }
        assert!(name.len() > 2);
        cases += 1;
    }
    assert_eq!(cases, 3);
}

/// SAM iterates its rate of return to some 1e-6; the other figures are met to rounding.
#[test]
fn sam_s_single_owner() {
    let reference = data("singleowner");
    let flow = list(&reference["outputs"]["cash_flow"]);
    same(net_present_value(&flow, 0.06), number(&reference["outputs"]["npv"]), 1e-9);
    let rate = internal_rate_of_return(&flow).unwrap();
    same(100.0 * rate, number(&reference["outputs"]["irr_percent"]), 1e-6);
    same(100.0 * rate, number(&reference["by_hand"]["irr_percent"]), 1e-9);
}

/// 56 000 at 4.5 % over 15 years takes 5 214.3733 a year; cash of 6 500 covers it 1.2466 times.
#[test]
fn a_loan_and_what_covers_it() {
    let loan = Loan { amount: 56_000.0, rate: 0.045, years: 15 };
    same(loan.payment(), 5214.3733, 1e-8);
    let schedule = loan.schedule();
    assert!(
        schedule[14].balance.abs() < 1e-8
            && (schedule.iter().map(|y| y.principal).sum::<f64>() - 56_000.0).abs() < 1e-8
    );
    let (ratios, least) = debt_service_coverage(&[6_500.0; 15], &schedule).unwrap();
    same(least, 1.2466, 1e-4);
    assert_eq!(ratios.len(), 15);
    // Level cash over a level payment: both coverages are one number.
    same(loan_life_coverage(&[6_500.0; 15], &loan), least, 1e-12);
    assert!(debt_service_coverage(&[1.0], &[]).is_none());
}

/// REopt's present worth factors, rounded there to five digits.
#[test]
fn reopt_s_present_worth() {
    for (growth, rate, expected) in [(0.0166, 0.0624, 14.82026), (0.019, 0.0564, 16.18109)] {
        assert!((present_worth_grown(growth, rate, 25) - expected).abs() < 5e-6);
        same(present_worth(growth, rate, 25) * (1.0 + growth), present_worth_grown(growth, rate, 25), 1e-12);
    }
    same(present_worth(0.0, 0.06, 25) * capital_recovery_factor(0.06, 25.0), 1.0, 1e-12);
}

/// A firm's tax: cf = saving(1 − τ) − upkeep(1 − τ) − debt service + τ(interest + depreciation), each year.
#[test]
fn tax_is_paid_on_what_is_left() {
    let loan = Loan { amount: 600.0, rate: 0.05, years: 4 };
    let project = Project {
        years: 5,
        capital_cost: 1000.0,
        savings_per_year: 400.0,
        upkeep_cost_per_year: 50.0,
        tax_rate: 0.25,
        depreciation: Depreciation::StraightLine { years: 4, residual_share: 0.05 },
        loan: Some(loan),
        ..Project::default()
    };
    let flow = project.cash_flow();
    same(flow.after_tax()[0], -400.0, 1e-12);
    for (year, paid) in loan.schedule().iter().enumerate() {
        let expected = 0.75 * 350.0 - paid.payment() + 0.25 * (paid.interest + 1000.0 * 0.95 / 4.0);
        same(flow.after_tax()[year + 1], expected, 1e-12);
    }
    same(flow.after_tax()[5], 0.75 * 350.0, 1e-12);
    same((0..7).map(|year| Depreciation::macrs_5().share(year)).sum(), 1.0, 1e-12);
}

fn reopt(name: &str) -> Value {
    let path = format!("{}/../../tests/data/reopt/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// REopt's expected outage cost (its cases print 7 digits), and its off-grid genset: fuel and replacement after tax, and other capital
/// less what its straight-line depreciation saves. REopt rounds factors to five digits: 1e-5.
#[test]
fn reopt_s_outages_and_off_grid_genset() {
    let file = reopt("06_outage_value");
    let (inputs, expected) = (&file["inputs"]["a"], &file["expected_by_reopt"]["a"]);
    let of = |key: &str| number(&inputs[key]);
    let weighted = |weigh: &dyn Fn(f64, f64) -> f64| {
        let hours = list(&inputs["outage_hours"]).into_iter().zip(list(&inputs["probabilities"]));
        hours.map(|(hours, probability)| weigh(hours, probability)).sum::<f64>()
    };
    let lost_kw = of("load_kw") * of("critical_fraction");
    same(weighted(&|hours, _| lost_kw * hours), number(&expected["unserved_kwh_sum"]), 1e-12);
    let factor = present_worth_grown(of("elec_escalation"), of("discount"), of("years") as u32);
    let cost = weighted(&|hours, probability| probability * lost_kw * hours * of("value_of_lost_load"));
    same(cost * factor, number(&expected["expected_outage_cost"]), 1e-6);

    let file = reopt("07_offgrid_generator_financials");
    let (inputs, expected) = (&file["inputs"], &file["expected_by_reopt"]);
    let of = |key: &str| number(&inputs[key]);
    let (rate, years, kept) = (of("discount"), of("years") as u32, 1.0 - of("tax"));
    let gal = number(&expected["energy_kwh"]) / (of("efficiency") * of("fuel_kwh_per_gal"));
    let fuel = gal * of("fuel_cost_per_gal") * present_worth_grown(of("fuel_escalation"), rate, years);
    same(kept * fuel, number(&expected["lifecycle_fuel_cost_after_tax"]), 2e-5);
    let replaced = of("generator_kw") * of("replace_cost_per_kw") * discount_factor(rate, of("replacement_year"));
    same(kept * replaced, number(&expected["replacement_present_cost_after_tax"]), 1e-8);
    let finance = Finance {
        rate,
        years,
        tax_rate: of("tax"),
        depreciation: Depreciation::StraightLine { years, residual_share: 0.0 },
        ..Finance::default()
    };
    let other = component(of("other_capital"), 0.0, f64::INFINITY, 0.0, Salvage::None);
    let cost = finance.owners_costs(&other, &Incentives::default()).total();
    same(cost, number(&expected["offgrid_other_capital_after_depreciation"]), 1e-6);
}

/// Present costs to the owner are the discounted cash flow of the same terms: two ways to one number. Each term comes up alone and
/// all together; each changes the cost.
#[test]
fn an_owner_s_costs_are_the_discounted_cash_flow() {
    let part = component(1000.0, 700.0, 8.0, 15.0, Salvage::Linear);
    let whole = Finance {
        rate: 0.05,
        years: 20,
        inflation: 0.02,
        tax_rate: 0.25,
        depreciation: Depreciation::StraightLine { years: 10, residual_share: 0.05 },
        vat: Some(Vat { rate: 0.13, recovered_after_years: 1 }),
        loan: Some(LoanTerms { share: 0.7, rate: 0.045, years: 12 }),
    };
    let given = Incentives { grant_share: 0.1, tax_credit_share: 0.2 };
    let plain = Finance { rate: 0.05, years: 20, ..Finance::default() };
    let taxed = Finance { tax_rate: 0.25, depreciation: whole.depreciation.clone(), ..plain.clone() };
    let none = Incentives::default();
    let at_once = Some(Vat { rate: 0.13, recovered_after_years: 0 });
    let cases = [
        (plain.clone(), none),
        (taxed.clone(), none),
        (Finance { inflation: 0.02, ..taxed }, none),
        (Finance { vat: whole.vat, ..plain.clone() }, none),
        (Finance { vat: at_once, ..plain.clone() }, none),
        (Finance { loan: whole.loan, ..plain.clone() }, none),
        (plain.clone(), Incentives { grant_share: 0.1, ..none }),
        (plain, Incentives { tax_credit_share: 0.2, ..none }),
        (whole, given),
    ];
    let mut seen = Vec::new();
    for (finance, incentives) in cases {
        let owners = finance.owners_costs(&part, &incentives);
        let paid = part.capital_cost - owners.grant;
        let project = Project {
            years: 20,
            capital_cost: part.capital_cost,
            grant: owners.grant,
            tax_credit: incentives.tax_credit_share * finance.net_of_vat(paid),
            vat: finance.vat,
            inflation: finance.inflation,
            upkeep_cost_per_year: part.upkeep_cost_per_year,
            replacements: vec![(8, 700.0), (16, 700.0)],
            salvage_value: part.salvage_value(0.05, 20),
            tax_rate: finance.tax_rate,
            depreciation: finance.depreciation.clone(),
            loan: finance.loan_on(paid),
            ..Project::default()
        };
        let flow = project.cash_flow();
        same(-net_present_value(&flow.after_tax(), 0.05), owners.total(), 1e-12);
        // Without the loan it is the project's own flow after tax.
        let unlevered = -net_present_value(&flow.after_tax_before_debt(), 0.05);
        same(unlevered, owners.total() + owners.loan_worth, 1e-12);
        assert!(!seen.contains(&owners.total().to_bits()), "{owners:?}");
        seen.push(owners.total().to_bits());
    }
}

#[test]
fn never_is_an_answer() {
    assert_eq!(payback_years(&[-100.0, 10.0, 10.0]), None);
    assert_eq!(internal_rate_of_return(&[-100.0, -1.0]), None);
    assert_eq!(payback_years(&[0.0, 10.0]), Some(0.0));
    assert_eq!(return_on_investment(&[-100.0, 10.0, 20.0]), Some(0.15));
    same(internal_rate_of_return(&[-100.0, 50.0]).unwrap(), -0.5, 1e-12);
}

#[test]
fn what_is_out_of_range_is_named() {
    let problems = component(-1.0, f64::NAN, 0.0, 0.0, Salvage::None).check().to_string();
    for part in ["part.capital_cost", "part.replacement_cost", "part.lifetime_years"] {
        assert!(problems.contains(part), "{part} in {problems}");
    }
}

proptest! {
    /// Consistent salvage makes the yearly cost the annuity over the part's own life, whatever the project's length:
    /// it would find a replacement too many, a wrong age, or a salvage at the wrong year.
    #[test]
    fn consistent_salvage_is_the_annuity(life in 1.0..40.0f64, rate in 0.001..0.2f64, years in 1u32..60) {
        let part = component(1000.0, 1000.0, life, 0.0, Salvage::Consistent);
        let yearly = part.present_costs(rate, years).total() * capital_recovery_factor(rate, f64::from(years));
        prop_assert!((yearly / (1000.0 * capital_recovery_factor(rate, life)) - 1.0).abs() < 1e-9);
    }

    /// The rate of return is where the value vanishes, and a longer look never shortens a payback.
    #[test]
    fn the_rate_of_return_is_where_the_value_vanishes(spent in 10.0..1e6f64, income in prop::collection::vec(0.0..1e5f64, 1..40)) {
        let flow: Vec<f64> = std::iter::once(-spent).chain(income).collect();
        if let Some(rate) = internal_rate_of_return(&flow) {
            prop_assert!(net_present_value(&flow, rate).abs() < 1e-6 * spent);
        }
        if let (Some(simple), Some(discounted)) = (payback_years(&flow), discounted_payback_years(&flow, 0.05)) {
            prop_assert!(discounted >= simple);
        }
    }
}
