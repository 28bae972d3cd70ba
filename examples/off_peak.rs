//! What you learn: the microgrid as a power bank: stored off-peak energy used in the peak, and when that pays.
//!
//! `cargo run --example off_peak`

use microgrid::{Battery, Calendar, Dispatch, Load, PeriodPrices, Price, PriceComponent, Scenario, Tariff};

/// A workshop with a two-level tariff: `valley` from 22 to 6 o'clock, `peak` otherwise, per kWh.
fn workshop(valley: f64, peak: f64) -> Scenario {
    let hours = 0..8760_u32;
    let is_peak = |hour: u32| (6..22).contains(&(hour % 24));
    let load = hours.clone().map(|hour| if is_peak(hour) { 60.0 } else { 25.0 });
    let energy = Price::Periods(PeriodPrices {
        periods: vec!["valley".into(), "peak".into()],
        period_of_step: hours.clone().map(|hour| u16::from(is_peak(hour))).collect(),
        price_per_kwh: vec![vec![valley, peak]],
    });
    let mut site = Scenario::new("workshop", Calendar::common_year(3600));
    site.loads.push(Load::new("machines", load.collect::<Vec<_>>()));
    site.storage.push(Battery { wear_cost_per_kwh: 0.08, ..Battery::lithium_iron_phosphate(400.0, 100.0) });
    let import = vec![PriceComponent { name: "energy".into(), price: energy }];
    site.tariff = Tariff { import, ..Tariff::default() }.into();
    site
}

fn main() -> Result<(), microgrid::Problems> {
    println!("valley  peak  saving of time_of_use against idle, CNY a year");
    for (valley, peak) in [(0.30, 1.10), (0.30, 0.60), (0.30, 0.40)] {
        let outcomes = microgrid::run(&workshop(valley, peak), &[Dispatch::Idle, Dispatch::TimeOfUse], None)?;
        let saving = outcomes[0].money.objective - outcomes[1].money.objective;
        println!("{valley:>6.2} {peak:>5.2}  {saving:>9.0}");
        // Shifting pays only where the peak price is above the valley price after losses and wear: 0.30/0.9025 + 0.08.
        let pays = peak - 0.08 > valley / (0.95 * 0.95);
        assert_eq!(saving > 1.0, pays, "the strategy cycles where it pays, and only there");
    }
    Ok(())
}
