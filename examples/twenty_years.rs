//! What you learn: how to run a site for twenty years, with a battery that is replaced when it has faded, and how to go
//! on from any year.
//!
//! `cargo run --release --example twenty_years`

use microgrid::{
    Ageing, Battery, Calendar, Dispatch, EndOfLife, EndOfLifeAction, FadeModel, Load, Problems, Scenario, SeriesPlant,
    Years, run_years, run_years_after, years_table,
};

fn main() -> Result<(), Problems> {
    let sun = |hour: u32| if (7..18).contains(&(hour % 24)) { 80.0 } else { 0.0 };
    let mut site = Scenario::new("workshop", Calendar::common_year(3600));
    site.generation.push(SeriesPlant::new("roof", (0..8760).map(sun).collect::<Vec<_>>()));
    site.loads.push(Load::new("machines", 30.0));
    site.tariff = microgrid::Tariff::flat(0.8, 0.3).into();
    let ageing = Ageing {
        temperature_c: 30.0.into(),
        end_of_life: EndOfLife { capacity_percent: 70.0, action: EndOfLifeAction::Replace, cost_per_kwh: 900.0 },
        ..Ageing::new(FadeModel::LfpPrismatic250Ah)
    };
    site.storage.push(Battery { ageing: Some(ageing), ..Battery::lithium_iron_phosphate(200.0, 60.0) });

    let years = Years {
        load_growth_percent: 1.0,
        generation_growth_percent: -0.5,
        import_price_growth_percent: 2.0,
        replacement_cost_growth_percent: -4.0,
        ..Years::alike(20)
    };
    let runs = run_years(&site, &Dispatch::SelfConsumption, &years)?;
    println!("{}", years_table(&runs));
    let health = |year: usize| runs[year - 1].outcome.batteries[0].health.as_ref().expect("it ages");
    assert!(health(1).end_capacity_percent > health(5).end_capacity_percent);

    // From the end of year 10 on, what follows is the same to the bit.
    let rest = run_years_after(&site, &Dispatch::SelfConsumption, &years, Some((10, &runs[9].state)))?;
    assert_eq!(rest, runs[10..]);
    let replaced: u32 = (1..=20).map(|year| health(year).replacements).sum();
    println!("replaced {replaced} times in 20 years; the last year costs {:.0}", rest[9].outcome.money.objective);
    Ok(())
}
