//! What you learn: how to write a strategy of your own and compare it with a built-in one.
//!
//! A strategy only asks; the plant holds what it asks to the limits of each device and keeps the books.
//!
//! `cargo run --example own_strategy`

use microgrid::{Battery, Calendar, Controller, Dispatch, Load, Plan, Request, Scenario, SeriesPlant, Site, Strategy};
use microgrid::{Tariff, simulate};

/// Stores surplus at once, but gives it back only above a load that it has learnt to be high.
struct SaveForTheHighLoad {
    /// Mean deficit seen so far, kW, and the number of steps behind it.
    mean_kw: f64,
    steps: f64,
}

impl Strategy for SaveForTheHighLoad {
    fn decide(&mut self, site: &Site, ask: &mut Request) {
        self.steps += 1.0;
        self.mean_kw += (site.deficit_kw().max(0.0) - self.mean_kw) / self.steps;
        if site.deficit_kw() < 0.0 {
            ask.battery(0).charge(-site.deficit_kw());
        } else {
            ask.battery(0).discharge((site.deficit_kw() - self.mean_kw).max(0.0));
        }
    }

    // What it remembers goes into snapshots, so that a resumed run has the same bits.
    fn save(&self) -> Vec<f64> {
        vec![self.mean_kw, self.steps]
    }

    fn restore(&mut self, memory: &[f64]) {
        (self.mean_kw, self.steps) = (memory[0], memory[1]);
    }
}

fn main() -> Result<(), microgrid::Problems> {
    let mut site = Scenario::new("bakery", Calendar::common_year(3600));
    let sun = |hour: u32| 50.0 * (0.25 * (f64::from(hour % 24) - 12.0)).cos().max(0.0);
    let ovens = |hour: u32| if (3..9).contains(&(hour % 24)) { 40.0 } else { 12.0 };
    site.generation.push(SeriesPlant::new("roof", (0..8760).map(sun).collect::<Vec<_>>()));
    site.loads.push(Load::new("ovens", (0..8760).map(ovens).collect::<Vec<_>>()));
    site.storage.push(Battery::lithium_iron_phosphate(120.0, 40.0));
    site.tariff = Tariff::flat(0.30, 0.08).into();

    let plan = Plan::compile(&site)?;
    let own = Controller::own("save_for_high", "none", Box::new(SaveForTheHighLoad { mean_kw: 0.0, steps: 0.0 }));
    let outcomes = [simulate(&plan, Controller::built_in(&Dispatch::SelfConsumption, &plan)?), simulate(&plan, own)];
    println!("{}", microgrid::table(&outcomes));

    // Whatever a strategy asks, energy is neither made nor lost.
    assert!(outcomes.iter().all(|o| o.status.is_completed() && o.energy.residual_kwh < 1e-6));
    // On a flat tariff holding back gains nothing: the simple rule imports least.
    assert!(outcomes[0].energy.import_kwh <= outcomes[1].energy.import_kwh);
    Ok(())
}
