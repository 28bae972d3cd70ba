//! Money: present values, cost of a kWh, what a bank reads, cash flow.

use microgrid_core::Problems;
use microgrid_report::html::{Block, Table, amount};
use microgrid_report::{YearOfMoney, cash_flow_svg};

use super::share;
use crate::sizing::table::lines;
use crate::sizing::{BankFigures, Design};

pub(super) fn money(design: &Design) -> Result<Vec<Block>, Problems> {
    let money = &design.money;
    let mut table = Table::new(format!("Present values, {}", design.currency), ["part", "as designed", "as it is"]);
    for (name, value, base) in lines(money) {
        table.row([name.to_owned(), amount(value, 0), amount(base.unwrap_or(0.0), 0)]);
    }
    table.sums = 1;
    let flow: Vec<YearOfMoney> = design
        .cash_flow
        .iter()
        .map(|year| YearOfMoney { capital: year.capital, savings: year.savings, upkeep: year.upkeep })
        .collect();
    let svg = cash_flow_svg(&format!("{}: cash flow", design.name), &design.currency, design.real_rate, &flow)?;
    let mut by_year = Table::new(
        format!("Cash flow against the site as it is, before tax and debt, {} of today", design.currency),
        ["year", "capital", "savings", "upkeep", "total", "sum"],
    );
    let mut sum = 0.0;
    for (year, flow) in flow.iter().enumerate() {
        sum += flow.total();
        let numbers = [flow.capital, flow.savings, flow.upkeep, flow.total(), sum].map(|value| amount(value, 0));
        by_year.row(std::iter::once(year.to_string()).chain(numbers));
    }
    let caption = "Capital and upkeep are below zero; replacements show as later capital. Where the sum crosses zero the project has paid back.";
    let mut blocks = vec![Block::Table(table)];
    blocks.extend(levelised(design));
    blocks.extend(design.bank.iter().flat_map(|bank| read_by_a_bank(design, bank)));
    blocks.extend([Block::Picture { svg, caption: caption.into() }, Block::Table(by_year)]);
    blocks.extend(design.bank.as_ref().map(|_| after_tax_and_debt(design)));
    Ok(blocks)
}

/// What a kWh costs, by each tool's definition.
fn levelised(design: &Design) -> Option<Block> {
    let costs = &design.money.levelised;
    let mut table = Table::new(
        format!("Net present cost per kWh, {}: no ranking of designs", design.currency),
        ["definition", "per kWh"],
    );
    for (name, value) in [
        ("HOMER, of load served (SAM's real levelised cost)", costs.of_load_served),
        ("HOMER, of load served and energy sold", costs.of_load_served_and_sold),
        ("SAM, nominal", costs.nominal),
    ] {
        table.row([name.to_owned(), amount(value, 4)]);
    }
    // Without load there is nothing to divide by.
    (costs.of_load_served.abs() < 1e6).then_some(Block::Table(table))
}

fn read_by_a_bank(design: &Design, bank: &BankFigures) -> Vec<Block> {
    let rate = |rate: Option<f64>| rate.map_or("none".into(), share);
    let mut table = Table::new("What a bank reads; rates beyond inflation", ["figure", "before tax", "after tax"]);
    table.row(["rate of return of the project".into(), rate(bank.project_before_tax), rate(bank.project_after_tax)]);
    table.row(["rate of return of the equity".into(), rate(bank.equity_before_tax), rate(bank.equity_after_tax)]);
    let mut blocks = vec![Block::Table(table)];
    if let Some(loan) = &bank.loan {
        let mut table = Table::new(format!("The loan, {}", design.currency), ["figure", "value"]);
        for (name, value) in [
            ("borrowed in year 0", amount(loan.amount, 0)),
            ("paid a year, nominal", amount(loan.payment_per_year, 0)),
            ("least debt service coverage (DSCR)", amount(loan.least_coverage(), 2)),
            ("mean debt service coverage", amount(loan.mean_coverage(), 2)),
            ("loan life coverage (LLCR)", amount(loan.life_coverage, 2)),
        ] {
            table.row([name.to_owned(), value]);
        }
        blocks.push(Block::Table(table));
    }
    if let Some(lean) = &bank.at_p90 {
        let mut table = Table::new("Generation of a year, and how sure it is", ["exceeded with", "kWh"]);
        bank.yields_kwh.iter().for_each(|(part, kwh)| table.row([format!("P{:.0}", 100.0 * part), amount(*kwh, 0)]));
        let saving = amount(lean.saving, 0);
        let text = match lean.least_coverage {
            None => format!("With the generation of P90 in every year the design saves {saving} {}.", design.currency),
            Some(coverage) => format!(
                "With the generation of P90 in every year the design saves {saving} {}, and the loan is covered {coverage:.2} times at the least.",
                design.currency
            ),
        };
        blocks.extend([Block::Table(table), Block::Text(text)]);
    }
    blocks
}

/// The flow of the equity, year by year.
fn after_tax_and_debt(design: &Design) -> Block {
    let mut table = Table::new(
        format!("Cash flow of the equity, {} of today", design.currency),
        ["year", "before tax and debt", "debt", "tax", "after tax and debt"],
    );
    for (year, flow) in design.cash_flow.iter().enumerate() {
        let numbers = [flow.before_tax_and_debt(), flow.debt, flow.tax, flow.after_tax()].map(|value| amount(value, 0));
        table.row(std::iter::once(year.to_string()).chain(numbers));
    }
    Block::Table(table)
}
