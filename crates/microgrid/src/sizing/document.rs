//! A design as JSON and CSV: all of its numbers, none rounded.

use std::io;

use serde_json::{Map, Value, json};

use super::{BankFigures, Design, DesignedSize};

/// The design as a JSON document, indented, ending in a line feed. Keys carry their units; money is in `currency` and, but for what
/// is named a year's, present value. What is not known is null.
#[must_use]
pub fn design_json(design: &Design) -> String {
    let runs = |outcome| -> Value {
        let text = microgrid_report::json(std::slice::from_ref(outcome));
        let mut document: Value = serde_json::from_str(&text).unwrap_or_default();
        document["runs"][0].take()
    };
    let document = json!({
        "scenario": design.name,
        "currency": design.currency,
        "years": design.years,
        "real_rate": design.real_rate,
        "strategy": design.strategy(),
        "sizes": design.sizes.iter().map(size).collect::<Vec<_>>(),
        "band_share": design.band_share,
        "money": money(design),
        "proof": {
            "ending": super::table::ending_name(design.ending),
            "evaluations": design.evaluations,
            "lower": design.money.lower,
            "gap": design.money.gap(),
            "search_gap": design.money.search_gap,
            "cap_gap": design.money.cap_gap,
            "run_gap": design.money.run_gap,
            "not_in_the_plan": design.reasons,
        },
        "carbon_cap": design.carbon_cap.map(|cap| json!({ "most_kg": cap.most_kg, "price_per_kg": cap.price_per_kg })),
        "renewable_share": design.renewable_share.map(|(least, reached)| json!({ "least": least, "reached": reached })),
        "checks": design.checks.as_ref().map(|rule| json!({
            "name": rule.name,
            "origin": rule.origin,
            "checks": rule.checks.iter().map(|check| json!({
                "measure": check.asked.measure,
                "value": check.value,
                "least": check.asked.least,
                "most": check.asked.most,
                "is_met": check.is_met,
                "note": check.asked.note,
            })).collect::<Vec<_>>(),
            "not_checked": rule.not_checked,
        })),
        "survival": design.survival.as_ref().map(|survival| json!({
            "goal_h": survival.goal_h,
            "curve": survival.curve.iter().map(|(h, share)| json!({ "hours_h": h, "share": share })).collect::<Vec<_>>(),
        })),
        "rule": design.rule.as_ref().map(|rule| json!({
            "strategy": rule.strategy,
            "sizes": rule.sizes,
            "net_present_cost": rule.net_present_cost,
            "at_proven_sizes": rule.at_proven_sizes,
            "distance": rule.distance,
            "simulations": rule.simulations,
            "run": runs(&rule.outcome),
        })),
        "front": design.front.iter().map(|point| json!({
            "carbon_price_per_kg": point.carbon_price_per_kg,
            "sizes": point.sizes,
            "net_present_cost": point.net_present_cost,
            "carbon_kg": point.carbon_kg,
            "gap": point.gap,
        })).collect::<Vec<_>>(),
        "bank": design.bank.as_ref().map(bank),
        "cash_flow": design.cash_flow.iter().enumerate().map(|(year, flow)| json!({
            "year": year,
            "capital": flow.capital,
            "savings": flow.savings,
            "upkeep": flow.upkeep,
            "total": flow.before_tax_and_debt(),
            "debt": flow.debt,
            "tax": flow.tax,
            "after_tax_and_debt": flow.after_tax(),
        })).collect::<Vec<_>>(),
        "sensitivities": design.sensitivities.iter().map(|s| json!({
            "name": s.name,
            "change_per_percent": s.change_per_percent,
        })).collect::<Vec<_>>(),
        "swings": design.swings.iter().map(|s| json!({
            "name": s.name,
            "at_low": s.at_low,
            "at_high": s.at_high,
        })).collect::<Vec<_>>(),
        "variants": design.variants.iter().map(|variant| json!({
            "name": variant.name,
            "sizes": variant.sizes.iter().map(|(label, size)| json!({ "label": label, "value": size })).collect::<Vec<_>>(),
            "capital_cost": variant.capital_cost,
            "net_present_cost": variant.net_present_cost,
            "lower": variant.lower,
            "is_left": variant.is_left,
        })).collect::<Vec<_>>(),
        "contracts": design.contracts.iter().map(|contract| json!({
            "name": contract.name,
            "kind": contract.kind,
            "payments": contract.payments,
            "site_saving": contract.site_saving,
            "investor_real_rate": contract.investor_rate,
            "investor_value": contract.investor_value,
            "investor_rate_of_return": contract.investor_rate_of_return,
            "investor_payback_years": contract.investor_payback_years,
        })).collect::<Vec<_>>(),
        "prices_of_the_catalogue": design.sources,
        "run": runs(&design.outcome),
        "base": runs(&design.base),
    });
    format!("{document:#}\n")
}

fn size(size: &DesignedSize) -> Value {
    let fields: Map<String, Value> =
        size.fields.iter().cloned().zip(size.field_values.iter().map(|value| json!(value))).collect();
    json!({
        "label": size.label,
        "fields": fields,
        "unit_of": size.unit_of,
        "value": size.value,
        "least": size.bounds.0,
        "most": size.bounds.1,
        "band": size.band.as_ref().map(|band| json!({
            "least": band.least,
            "most": band.most,
            "found_least": band.found_least,
            "found_most": band.found_most,
            "sizes_at_least": band.sizes_at_least,
            "sizes_at_most": band.sizes_at_most,
        })),
        "unit_costs_per_year": size.worth_per_year.map(|worth| worth.cost),
        "last_earns_per_year": size.worth_per_year.map(|worth| worth.last),
        "next_earns_per_year": size.worth_per_year.map(|worth| worth.next),
        "earnings_per_year": size.earnings_per_year.map(|earnings| {
            earnings.parts().into_iter().map(|(by, part)| (by.replace(' ', "_"), json!(part))).collect::<Map<_, _>>()
        }),
        "capital_cost": size.capital_cost,
    })
}

fn money(design: &Design) -> Value {
    let money = &design.money;
    json!({
        "net_present_cost": money.net_present_cost,
        "base_net_present_cost": money.base_net_present_cost,
        "saving": money.base_net_present_cost - money.net_present_cost,
        "annual_cost": money.annual_cost,
        "capital_cost": money.capital_cost,
        "upkeep_cost": money.upkeep_cost,
        "replacement_cost": money.replacement_cost,
        "salvage_value": money.salvage_value,
        "grant": money.grant,
        "vat_recovered": money.vat_recovered,
        "tax_saved": money.tax_saved,
        "loan_worth": money.loan_worth,
        "operating_cost": money.operating_cost(),
        "cost_per_kwh_served_homer": money.levelised.of_load_served,
        "cost_per_kwh_served_and_sold_homer": money.levelised.of_load_served_and_sold,
        "cost_per_kwh_nominal_sam": money.levelised.nominal,
        "rate_of_return": money.rate_of_return,
        "payback_years": money.payback_years,
        "discounted_payback_years": money.discounted_payback_years,
    })
}

fn bank(bank: &BankFigures) -> Value {
    json!({
        "project_rate_of_return_before_tax": bank.project_before_tax,
        "project_rate_of_return_after_tax": bank.project_after_tax,
        "equity_rate_of_return_before_tax": bank.equity_before_tax,
        "equity_rate_of_return_after_tax": bank.equity_after_tax,
        "loan": bank.loan.as_ref().map(|loan| json!({
            "amount": loan.amount,
            "payment_per_year": loan.payment_per_year,
            "debt_service_coverage": loan.coverage,
            "least_debt_service_coverage": loan.least_coverage(),
            "mean_debt_service_coverage": loan.mean_coverage(),
            "loan_life_coverage": loan.life_coverage,
        })),
        "yields_kwh": bank.yields_kwh.iter().map(|(share, kwh)| json!({ "exceeded_with": share, "kwh": kwh })).collect::<Vec<_>>(),
        "at_p90": bank.at_p90.map(|lean| json!({
            "saving": lean.saving,
            "least_debt_service_coverage": lean.least_coverage,
        })),
    })
}

/// A table of a design as CSV.
type Rows = (&'static str, &'static [&'static str], Vec<Vec<String>>);

/// The tables of a design as CSV files: `write` is given each file's name and text.
///
/// # Errors
/// What `write` says.
pub fn write_design_csv(design: &Design, mut write: impl FnMut(&str, &[u8]) -> io::Result<()>) -> io::Result<()> {
    for (name, head, rows) in tables(design) {
        let mut file = csv::Writer::from_writer(Vec::new());
        file.write_record(head)?;
        rows.iter().try_for_each(|row| file.write_record(row))?;
        write(name, &file.into_inner().map_err(csv::IntoInnerError::into_error)?)?;
    }
    Ok(())
}

fn tables(design: &Design) -> Vec<Rows> {
    let number = |value: f64| (value + 0.0).to_string();
    let known = |value: Option<f64>| value.map_or(String::new(), number);
    let size = |size: &DesignedSize| {
        let band = size.band.as_ref();
        vec![
            size.fields.join(" "),
            number(size.value),
            known(band.map(|band| band.least)),
            known(band.map(|band| band.most)),
            known(size.worth_per_year.map(|worth| worth.cost)),
            known(size.worth_per_year.map(|worth| worth.last)),
            known(size.worth_per_year.map(|worth| worth.next)),
            number(size.capital_cost),
        ]
    };
    let Value::Object(money) = money(design) else { return Vec::new() };
    let money = money.into_iter().map(|(name, value)| vec![name, known(value.as_f64())]).collect();
    let flow = design.cash_flow.iter().enumerate().map(|(year, flow)| {
        let before = flow.before_tax_and_debt();
        let parts = [flow.capital, flow.savings, flow.upkeep, before, flow.debt, flow.tax, flow.after_tax()];
        std::iter::once(year.to_string()).chain(parts.map(number)).collect()
    });
    let front = design.front.iter().map(|point| {
        let sizes: Vec<String> = point.sizes.iter().map(|size| number(*size)).collect();
        let numbers = [point.carbon_price_per_kg, point.net_present_cost, point.carbon_kg, point.gap].map(number);
        numbers.into_iter().chain([sizes.join(" ")]).collect()
    });
    let sensitivity = design.sensitivities.iter().map(|s| vec![s.name.clone(), number(s.change_per_percent)]);
    let swing = design.swings.iter().map(|s| vec![s.name.clone(), number(s.at_low), number(s.at_high)]);
    let curve = design.survival.iter().flat_map(|survival| &survival.curve);
    let survival = curve.map(|(hours, share)| vec![number(*hours), number(*share)]);
    let variants = design.variants.iter().map(|variant| {
        let sizes: Vec<String> = variant.sizes.iter().map(|(_, size)| number(*size)).collect();
        let numbers = [variant.capital_cost, variant.net_present_cost, variant.lower].map(number);
        let name = std::iter::once(variant.name.clone());
        name.chain(numbers).chain([variant.is_left.to_string(), sizes.join(" ")]).collect()
    });
    let contracts = design.contracts.iter().map(|contract| {
        vec![
            contract.name.clone(),
            contract.kind.to_owned(),
            known(contract.payments.first().copied()),
            number(contract.site_saving),
            number(contract.investor_value),
            known(contract.investor_rate_of_return),
        ]
    });
    vec![
        (
            "sizes.csv",
            &[
                "fields",
                "value",
                "band_least",
                "band_most",
                "unit_costs_per_year",
                "last_earns_per_year",
                "next_earns_per_year",
                "capital_cost",
            ],
            design.sizes.iter().map(size).collect(),
        ),
        ("money.csv", &["name", "value"], money),
        (
            "cash_flow.csv",
            &["year", "capital", "savings", "upkeep", "total", "debt", "tax", "after_tax_and_debt"],
            flow.collect(),
        ),
        ("front.csv", &["carbon_price_per_kg", "net_present_cost", "carbon_kg", "gap", "sizes"], front.collect()),
        ("sensitivity.csv", &["name", "change_per_percent"], sensitivity.collect()),
        ("swings.csv", &["name", "at_low", "at_high"], swing.collect()),
        (
            "variants.csv",
            &["name", "capital_cost", "net_present_cost", "lower", "is_left", "sizes"],
            variants.collect(),
        ),
        (
            "contracts.csv",
            &["name", "kind", "paid_in_year_1", "site_saving", "investor_value", "investor_rate_of_return"],
            contracts.collect(),
        ),
        ("survival.csv", &["hours_h", "share_of_starts"], survival.collect()),
    ]
}
