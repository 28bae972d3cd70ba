//! A design as text.

use microgrid_design::sizing::Ending;

use super::{BankFigures, CarbonCap, Checks, Design, DesignMoney, DesignedSize, RuleDesign, Survival};

/// A design as tables: sizes with their bands, what units are worth, money with the proof, and why sizes stand at their bounds.
#[must_use]
pub fn design_table(design: &Design) -> String {
    let money = &design.money;
    let mut text = format!(
        "{}: least cost over {} years at {:.2} % real, money in {}\n\n",
        design.name,
        design.years,
        100.0 * design.real_rate,
        design.currency
    );
    text += &sizes(design);
    text += &made_of_units(design);
    if let Some(survival) = &design.survival {
        text += &format!("{}; simulated:", survival_text(survival));
        let hours = [0.5, 1.0, 2.0, 4.0].map(|factor| (factor * survival.goal_h).max(1.0).ceil());
        let shares = hours.iter().filter_map(|hours| Some((hours, survival.share_at(*hours)?)));
        text.extend(shares.map(|(hours, share)| format!(" {hours} h {:.1} %", 100.0 * share)));
        text += " of starts\n";
    }
    if let Some(cap) = &design.carbon_cap {
        text += &format!("{}\n", cap_text(design, cap));
    }
    if let Some((least, reached)) = design.renewable_share {
        text += &format!("{}\n", share_text(least, reached));
    }
    text += "\nmoney, present values                   design         base\n";
    let line = |name: &str, value: f64, base: Option<f64>| {
        let base = base.map_or(String::new(), |base| format!("{base:>13.0}"));
        // Added, so that there is no -0.
        format!("  {name:<32}{:>13.0}{base}\n", value + 0.0)
    };
    for (name, value, base) in lines(money) {
        text += &line(name, value, base);
    }
    text += &line("  as a level yearly payment", money.annual_cost, None);
    text += &line("proven: no sizes cost less than", money.lower, None);
    text += &levelised(design);
    text += &design.bank.as_ref().map_or(String::new(), bank);
    text += &format!(
        "\n{} after {} evaluations; gap {:.2e} of the cost: {:.2e} left by the search, {:.2e} by which the run costs more than its plan{}\n",
        ending_name(design.ending),
        design.evaluations,
        money.gap(),
        money.search_gap / money.net_present_cost.abs().max(1e-9),
        money.run_gap / money.net_present_cost.abs().max(1e-9),
        match money.cap_gap {
            0.0 => String::new(),
            gap => format!(", {:.2e} of carbon below its cap", gap / money.net_present_cost.abs().max(1e-9)),
        },
    );
    for reason in &design.reasons {
        text += &format!("  not in the plan: {reason}\n");
    }
    text += &no_base(design).map_or(String::new(), |note| format!("{note}\n"));
    let years = |years: Option<f64>| years.map_or("never".into(), |years| format!("{years:.1} years"));
    let rate = money.rate_of_return.map_or("none".into(), |rate| format!("{:.1} %", 100.0 * rate));
    text += &format!(
        "against the base (what exists alone, run by {}): saves {:.0}, rate of return {rate}, pays back after {}, discounted {}\n",
        design.base.strategy,
        money.base_net_present_cost - money.net_present_cost,
        years(money.payback_years),
        years(money.discounted_payback_years),
    );
    text += &format!(
        "a year under optimal: objective {:.2} (base {:.2}), carbon {:.0} kg (base {:.0})\n",
        design.outcome.money.objective, design.base.money.objective, design.outcome.carbon_kg, design.base.carbon_kg
    );
    text += &front(design);
    if let Some(rule) = &design.rule {
        text += &format!("\n{}\n", rule_text(rule));
    }
    text += &design.checks.as_ref().map_or(String::new(), checks);
    text += &variants(design);
    text += &contracts(design);
    text += &sensitivity(design);
    if !design.sources.is_empty() {
        text += "\nprices of the catalogue\n";
        text.extend(design.sources.iter().map(|source| format!("  {source}\n")));
    }
    text
}

/// The parts of the net present cost, with those of the base where it has them, the sum last.
pub(super) fn lines(money: &DesignMoney) -> Vec<(&'static str, f64, Option<f64>)> {
    let mut lines = vec![
        ("bought in year 0", money.capital_cost, Some(0.0)),
        ("upkeep", money.upkeep_cost, Some(0.0)),
        ("replacements", money.replacement_cost, Some(0.0)),
        ("left at the end", -money.salvage_value, Some(0.0)),
    ];
    let of_others = [
        ("grants", -money.grant),
        ("value-added tax that comes back", -money.vat_recovered),
        ("tax saved by what is bought", -money.tax_saved),
        ("the loan, less what serves it", -money.loan_worth),
    ];
    lines
        .extend(of_others.into_iter().filter(|(_, value)| *value != 0.0).map(|(name, value)| (name, value, Some(0.0))));
    lines.push(("operation", money.operating_cost(), Some(money.base_net_present_cost)));
    lines.push(("net present cost", money.net_present_cost, Some(money.base_net_present_cost)));
    lines
}

fn levelised(design: &Design) -> String {
    let costs = &design.money.levelised;
    // Without load there is nothing to divide by.
    if costs.of_load_served.abs() > 1e6 {
        return String::new();
    }
    format!(
        "cost of a kWh: {:.4} of load served (HOMER; SAM real), {:.4} of load served and sold (HOMER), {:.4} nominal (SAM)\n",
        costs.of_load_served, costs.of_load_served_and_sold, costs.nominal
    )
}

/// What a bank reads.
fn bank(bank: &BankFigures) -> String {
    let rate = |rate: Option<f64>| rate.map_or("none".into(), |rate| format!("{:.1} %", 100.0 * rate));
    let mut text = format!(
        "\nwhat a bank reads, rates beyond inflation\n  rate of return of the project: {} before tax, {} after; of the equity: {} and {}\n",
        rate(bank.project_before_tax),
        rate(bank.project_after_tax),
        rate(bank.equity_before_tax),
        rate(bank.equity_after_tax)
    );
    if let Some(loan) = &bank.loan {
        text += &format!(
            "  loan {:.0}, {:.0} a year (nominal); coverage (DSCR) least {:.2}, mean {:.2}; over its life (LLCR) {:.2}\n",
            loan.amount,
            loan.payment_per_year,
            loan.least_coverage(),
            loan.mean_coverage(),
            loan.life_coverage
        );
    }
    if let Some(lean) = &bank.at_p90 {
        let yields = bank.yields_kwh.iter().map(|(share, kwh)| format!("P{:.0} {kwh:.0}", 100.0 * share));
        let coverage = lean.least_coverage.map_or(String::new(), |least| format!(", DSCR at least {least:.2}"));
        text += &format!(
            "  generation of a year, kWh: {}; with P90 in every year it saves {:.0}{coverage}\n",
            yields.collect::<Vec<_>>().join(", "),
            lean.saving
        );
    }
    text
}

/// Where the site as it is does not serve its load, no number against it says anything.
pub(super) fn no_base(design: &Design) -> Option<String> {
    let energy = &design.base.energy;
    (energy.unserved_kwh > 1e-3 * energy.load_kwh).then(|| {
        format!(
            "no base case: what exists alone leaves {:.0} % of the load unserved, counted at the value of lost load; numbers against it say nothing",
            100.0 * energy.unserved_kwh / energy.load_kwh.max(1e-9)
        )
    })
}

/// How a search ended, as a word in a sentence.
pub(super) fn ending_name(ending: Ending) -> &'static str {
    match ending {
        Ending::Proven => "proven",
        Ending::Stopped => "stopped",
        Ending::Spent => "not proven to the gap asked",
        Ending::Loose => "not proven further, as the site's steps are not convex there (integrality),",
    }
}

fn sizes(design: &Design) -> String {
    let percent = 100.0 * design.band_share;
    let names: Vec<String> = design.sizes.iter().map(name).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
    let mut text = format!(
        "{:<width$}  {:>10}  {:>23}  {:>12}  {:>10}  {:>10}  {:>10}\n",
        "size",
        "best",
        format!("within {percent} % of cost"),
        "bought for",
        "unit costs",
        "last earns",
        "next earns"
    );
    for (size, name) in design.sizes.iter().zip(&names) {
        let band = size.band.as_ref().map_or(String::new(), |band| format!("{:.1} to {:.1}", band.least, band.most));
        let worth = size.worth_per_year.map_or(String::new(), |worth| {
            format!("  {:>10.2}  {:>10.2}  {:>10.2}", worth.cost, worth.last, worth.next)
        });
        text += &format!("{name:<width$}  {:>10.1}  {band:>23}  {:>12.0}{worth}\n", size.value, size.capital_cost);
    }
    text += "bands are proven: outside no sizes cost so little. Units cost and earn per year, upkeep and replacement included.\n";
    for (size, name) in design.sizes.iter().zip(&names) {
        text += &by_what(size, name).map_or(String::new(), |by_what| format!("{by_what}\n"));
    }
    for (size, name) in design.sizes.iter().zip(&names) {
        text += &why(size, name).map_or(String::new(), |why| format!("{why}\n"));
    }
    text
}

/// A size's field; of several, the first and how many go with it. Of what is counted, the entry of the catalogue.
pub(super) fn name(size: &DesignedSize) -> String {
    match (&size.unit_of, &size.fields[..]) {
        (Some(unit), _) => format!("units of {unit}"),
        (None, []) => String::new(),
        (None, [field]) => field.clone(),
        (None, [field, others @ ..]) => format!("{field} (and {})", others.len()),
    }
}

/// What units of equipment make each field.
fn made_of_units(design: &Design) -> String {
    let counted = design.sizes.iter().filter(|size| size.unit_of.is_some());
    let fields = counted.flat_map(|size| size.fields.iter().zip(&size.field_values));
    fields.map(|(field, value)| format!("  {field} = {value}\n")).collect()
}

/// By what a unit earns, the most first.
pub(super) fn by_what(size: &DesignedSize, name: &str) -> Option<String> {
    let earnings = size.earnings_per_year?;
    let total = earnings.total();
    let mut parts = earnings.parts().to_vec();
    parts.retain(|(_, part)| *part > 5e-3 * total);
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    let parts: Vec<String> = parts.iter().map(|(by, part)| format!("{by} {:.0} %", 100.0 * part / total)).collect();
    (total > 0.0 && size.value > 0.0)
        .then(|| format!("a unit of {} earns by {}", name.trim_start_matches("units of "), parts.join(", ")))
}

/// Why a size stands at a bound.
pub(super) fn why(size: &DesignedSize, name: &str) -> Option<String> {
    let (least, most) = size.bounds;
    let near = 1e-5 * (most - least).max(1e-9);
    let worth = size.worth_per_year?;
    if size.value <= least + near {
        return Some(format!(
            "why {name} is {:.0}: the next unit would earn {:.2} a year and costs {:.2}",
            least, worth.next, worth.cost
        ));
    }
    (size.value >= most - near && worth.last > worth.cost).then(|| {
        format!(
            "{name} is as large as allowed: its last unit earns {:.2} a year and costs {:.2}",
            worth.last, worth.cost
        )
    })
}

fn front(design: &Design) -> String {
    if design.front.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n{:>16}  {:>16}  {:>16}  {:>9}  sizes\n",
        "carbon per kg", "net present cost", "carbon kg a year", "gap"
    );
    for point in &design.front {
        let sizes: Vec<String> = point.sizes.iter().map(|size| format!("{size:.1}")).collect();
        text += &format!(
            "{:>16}  {:>16.0}  {:>16.0}  {:>9.1e}  {}\n",
            point.carbon_price_per_kg,
            point.net_present_cost,
            point.carbon_kg,
            point.gap,
            sizes.join(", ")
        );
    }
    text += "net present cost without the carbon's price; sizes in the order above\n";
    text
}

/// What is asked of critical load.
pub(super) fn survival_text(survival: &Survival) -> String {
    let from = match survival.share_least {
        None => "from any start".to_owned(),
        Some(share) => format!("from at least {:.1} % of starts", 100.0 * share),
    };
    format!("critical load is carried for {} h without the grid, {from}", survival.goal_h)
}

/// What is asked of the share that is not bought.
pub(super) fn share_text(least: f64, reached: f64) -> String {
    format!("{:.1} % of the year's load is not bought (goal: at least {:.1} %)", 100.0 * reached, 100.0 * least)
}

/// A rule beside what the year comes to.
fn checks(rule: &Checks) -> String {
    let mut text = format!("\n{} ({})\n", rule.name, rule.origin);
    for check in &rule.checks {
        let met = if check.is_met { "met" } else { "not met" };
        text += &format!("  {:<28}{:>10.3}  {:<14} {met}", check.asked.measure, check.value, check.limit());
        text += &check.asked.note.as_ref().map_or("\n".into(), |note| format!("; {note}\n"));
    }
    text.extend(rule.not_checked.iter().map(|asked| format!("  not checked: {asked}\n")));
    text
}

/// What a cap on carbon does.
pub(super) fn cap_text(design: &Design, cap: &CarbonCap) -> String {
    let carbon_kg = design.outcome.carbon_kg;
    match cap.price_per_kg {
        0.0 => format!("carbon of a year is {carbon_kg:.0} kg, below the cap of {:.0} kg without it", cap.most_kg),
        price => format!(
            "carbon of a year is kept at {carbon_kg:.0} kg (cap {:.0}); the last kg costs {price:.4} {}: dispatch it with that price of carbon",
            cap.most_kg, design.currency
        ),
    }
}

/// Sizes for a rule beside the proven ones.
pub(super) fn rule_text(rule: &RuleDesign) -> String {
    let sizes: Vec<String> = rule.sizes.iter().map(|size| format!("{size:.1}")).collect();
    format!(
        "run by {}: sizes {} (by pattern search, {} simulated years), net present cost {:.0} ({:.0} at the sizes above); {:.2} % above what no sizes and no strategy cost less than",
        rule.strategy,
        sizes.join(", "),
        rule.simulations,
        rule.net_present_cost,
        rule.at_proven_sizes,
        100.0 * rule.distance
    )
}

/// Variants beside the design.
fn variants(design: &Design) -> String {
    if design.variants.is_empty() {
        return String::new();
    }
    let money = &design.money;
    let mut text = format!(
        "\n{:<32}  {:>14}  {:>16}  {:>16}  sizes\n",
        "variant", "bought for", "net present cost", "proven at least"
    );
    let line = |name: &str, capital: f64, cost: f64, lower: f64, sizes: &[String]| {
        format!("{name:<32}  {capital:>14.0}  {cost:>16.0}  {lower:>16.0}  {}\n", sizes.join(", "))
    };
    let own: Vec<String> = design.sizes.iter().map(|size| format!("{:.1}", size.value)).collect();
    text += &line("as written", money.capital_cost, money.net_present_cost, money.lower, &own);
    for variant in &design.variants {
        let sizes: Vec<String> = variant.sizes.iter().map(|(_, size)| format!("{size:.1}")).collect();
        let left = if variant.is_left { " (searched no further)" } else { "" };
        let name = format!("{}{left}", variant.name);
        text += &line(&name, variant.capital_cost, variant.net_present_cost, variant.lower, &sizes);
    }
    text + &least_of_variants(design) + "\n"
}

/// What is proven of all variants together.
pub(super) fn least_of_variants(design: &Design) -> String {
    let own = ("as written", design.money.net_present_cost, design.money.lower);
    let all = || {
        let others = design.variants.iter().map(|v| (v.name.as_str(), v.net_present_cost, v.lower));
        std::iter::once(own).chain(others)
    };
    let best = all().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(own);
    let lower = all().map(|variant| variant.2).fold(f64::INFINITY, f64::min);
    format!("least: {}, at {:.0}; no variant and no sizes cost less than {lower:.0}", best.0, best.1)
}

/// Contracts on the books of the design.
fn contracts(design: &Design) -> String {
    if design.contracts.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n{:<32}  {:>15}  {:>14}  {:>16}  {:>15}  {:>8}\n",
        "who owns it", "paid in year 1", "the site saves", "investor's value", "at its rate of", "return"
    );
    let saving = design.money.base_net_present_cost - design.money.net_present_cost;
    text += &format!("{:<32}  {:>15}  {saving:>14.0}\n", "the site", "-");
    for contract in &design.contracts {
        text += &format!(
            "{:<32}  {:>15.0}  {:>14.0}  {:>16.0}  {:>13.2} %  {:>8}\n",
            contract.name,
            contract.payments.first().copied().unwrap_or(0.0),
            contract.site_saving,
            // So that there is no -0.
            contract.investor_value.round() + 0.0,
            100.0 * contract.investor_rate,
            contract.investor_rate_of_return.map_or("none".into(), |rate| format!("{:.1} %", 100.0 * rate))
        );
    }
    text + "present values after tax over the years; contracts are settled on the books of the design above\n"
}

/// The prices that matter most, and swings where they were asked.
fn sensitivity(design: &Design) -> String {
    const SHOWN: usize = 6;
    let most: Vec<String> =
        (design.sensitivities.iter().take(SHOWN)).map(|s| format!("{} {:+.0}", s.name, s.change_per_percent)).collect();
    let mut text = match most.is_empty() {
        true => String::new(),
        false => format!("\n1 % on a price changes the net present cost by: {}\n", most.join("; ")),
    };
    if !design.swings.is_empty() {
        text += &format!("\n{:<60}  {:>14}  {:>14}\n", "sized anew with", "at its low end", "at its high end");
        let row = |s: &super::Swing| format!("{:<60}  {:>14.0}  {:>14.0}\n", s.name, s.at_low, s.at_high);
        text.extend(design.swings.iter().map(row));
    }
    text
}
