//! What a run's reader should be told: results that are right and still not what the site's owner wants.

use microgrid_core::{Outcome, Plan};

/// Notes on what the run did, for its outcome.
pub(crate) fn notes(plan: &Plan, outcome: &Outcome) -> Vec<String> {
    dark_under_the_sun(plan).into_iter().chain(exported_for_nothing(outcome)).collect()
}

/// Outages in which the site was dark though its plants could have given power: nothing forms the grid.
fn dark_under_the_sun(plan: &Plan) -> Option<String> {
    let scenario = plan.scenario();
    let batteries = scenario.storage.iter().any(|battery| battery.grid_forming && battery.capacity_kwh > 0.0);
    if batteries || scenario.gensets.iter().any(|genset| genset.grid_forming) {
        return None;
    }
    let available_kw =
        |step: usize| scenario.generation.iter().map(|plant| plant.scale * plant.power_kw.at(step)).sum();
    let dark = scenario.outages.iter().flat_map(Clone::clone).map(|step| available_kw(step as usize));
    let bright: Vec<f64> = dark.filter(|kw: &f64| *kw > 0.0).collect();
    let greatest = bright.iter().copied().fold(0.0, f64::max);
    let hours = bright.len() as f64 * plan.step_h();
    let cure =
        if scenario.storage.is_empty() { "a battery or genset that does" } else { "grid_forming = true on a battery" };
    (!bright.is_empty()).then(|| {
        format!(
            "in {hours} h of outages the site was dark while its plants could give up to {greatest:.1} kW: no battery or \
             genset forms the grid; {cure} would keep it alive"
        )
    })
}

/// Export that earns nothing.
fn exported_for_nothing(outcome: &Outcome) -> Option<String> {
    let kwh = outcome.energy.export_kwh;
    let is_much = kwh >= 1.0 && kwh > 1e-3 * outcome.energy.load_kwh;
    (is_much && outcome.money.export_revenue <= 0.0).then(|| {
        format!("{kwh:.0} kWh were exported and earned nothing; utility.export_price_per_kwh or the tariff says what export pays")
    })
}

#[cfg(test)]
mod tests {
    use crate::{Battery, Calendar, Dispatch, Genset, Load, Scenario, SeriesPlant, Tariff, run};

    fn site() -> Scenario {
        let mut site = Scenario::new("site", Calendar::days(3600, 2));
        site.generation
            .push(SeriesPlant::new("roof", (0..48).map(|h| if h % 24 > 11 { 50.0 } else { 0.0 }).collect::<Vec<_>>()));
        site.loads.push(Load::new("load", 10.0));
        site.tariff = Tariff::flat(0.5, 0.0).into();
        site.outages.push(8..14);
        site
    }

    fn notes(site: &Scenario) -> String {
        run(site, &[Dispatch::Idle], None).unwrap().remove(0).notes.join("\n")
    }

    #[test]
    fn a_dark_site_under_the_sun_is_told() {
        let mut site = site();
        // Of six dark hours two have sun.
        assert!(notes(&site).contains("in 2 h of outages the site was dark"), "{}", notes(&site));
        site.storage.push(Battery { grid_forming: true, ..Battery::lithium_iron_phosphate(20.0, 20.0) });
        assert!(!notes(&site).contains("dark"));
        site.storage[0].grid_forming = false;
        assert!(notes(&site).contains("grid_forming = true"));
        site.gensets.push(Genset::diesel(10.0, 1.0));
        assert!(!notes(&site).contains("dark"));
        site.gensets.clear();
        site.outages.clear();
        site.outages.push(0..5);
        assert!(!notes(&site).contains("dark"), "a night");
    }

    #[test]
    fn export_for_nothing_is_told() {
        let mut site = site();
        assert!(notes(&site).contains("earned nothing"), "{}", notes(&site));
        site.tariff = Tariff::flat(0.5, 0.1).into();
        assert!(!notes(&site).contains("earned nothing"));
    }
}
