//! What feeds a site and what its energy goes to, layer by layer.
//!
//! Invariant: in every step the sources but `unserved load` and `curtailed` are the load served and the sinks, so that a
//! picture of the layers has no hole.

use std::ops::Range;

use plotters::style::RGBColor;

use super::palette;
use crate::{GensetTrace, Trace};

/// One quantity, kW in each step, at least 0.
pub(super) struct Layer {
    pub(super) name: String,
    pub(super) color: RGBColor,
    pub(super) values: Vec<f64>,
}

impl Layer {
    fn new(name: &str, color: RGBColor, values: Vec<f64>) -> Self {
        Self { name: name.into(), color, values }
    }

    /// Whether it is drawn at all.
    fn is_there(&self) -> bool {
        self.values.iter().any(|kw| *kw != 0.0)
    }
}

/// What feeds the site, from the bottom up, and on top what is missing and what is left. Layers of nothing are left out.
pub(super) fn sources(trace: &Trace, steps: Range<usize>) -> Vec<Layer> {
    let part = |column: &[f64]| column[steps.clone()].to_vec();
    let curtailed = part(&trace.curtailed_kw);
    let taken = part(&trace.generation_kw).iter().zip(&curtailed).map(|(made, left)| made - left).collect();
    let mut layers = vec![Layer::new("generation taken", palette::GENERATION, taken)];
    if !trace.device_given_kw.is_empty() {
        layers.push(Layer::new("devices", palette::DEVICE_GIVEN, part(&trace.device_given_kw)));
    }
    layers.extend(gensets(trace, &steps));
    layers.extend([
        Layer::new("discharge", palette::DISCHARGE, of_batteries(trace, &steps, |b| &b.discharge_kw)),
        Layer::new("import", palette::IMPORT, part(&trace.import_kw)),
        Layer::new("unserved load", palette::UNSERVED, part(&trace.unserved_kw)),
        Layer::new("curtailed", palette::CURTAILED, curtailed),
    ]);
    layers.retain(Layer::is_there);
    layers
}

/// Where what the load does not take goes. Layers of nothing are left out.
pub(super) fn sinks(trace: &Trace, steps: Range<usize>) -> Vec<Layer> {
    let part = |column: &[f64]| column[steps.clone()].to_vec();
    let used = if trace.device_use_kw.is_empty() { vec![0.0; steps.len()] } else { part(&trace.device_use_kw) };
    let mut layers = vec![
        Layer::new("device use", palette::DEVICE_USE, used),
        Layer::new("charge", palette::CHARGE, of_batteries(trace, &steps, |b| &b.charge_kw)),
        Layer::new("export", palette::EXPORT, part(&trace.export_kw)),
        Layer::new("dumped", palette::DUMPED, part(&trace.dumped_kw)),
    ];
    layers.retain(Layer::is_there);
    layers
}

/// A layer for each genset; one for all where there are more than greys for them.
fn gensets(trace: &Trace, steps: &Range<usize>) -> Vec<Layer> {
    let part = |genset: &GensetTrace| genset.power_kw[steps.clone()].to_vec();
    let greys = palette::GENSETS;
    if trace.gensets.len() <= greys.len() {
        let each = trace.gensets.iter().zip(greys);
        return each.map(|(genset, grey)| Layer::new(&genset.name, grey, part(genset))).collect();
    }
    vec![Layer::new("gensets", greys[0], total(steps.len(), trace.gensets.iter().map(part)))]
}

/// A quantity of all batteries together.
pub(super) fn of_batteries(trace: &Trace, steps: &Range<usize>, of: fn(&crate::BatteryTrace) -> &Vec<f64>) -> Vec<f64> {
    total(steps.len(), trace.batteries.iter().map(|battery| of(battery)[steps.clone()].to_vec()))
}

/// The sum of columns, step by step.
pub(super) fn total(steps: usize, columns: impl Iterator<Item = Vec<f64>>) -> Vec<f64> {
    columns.fold(vec![0.0; steps], |mut sum, column| {
        sum.iter_mut().zip(column).for_each(|(sum, value)| *sum += value);
        sum
    })
}

/// kW, or MW where something goes beyond 10 MW; with the factor from kW.
pub(super) fn unit(greatest_kw: f64) -> (&'static str, f64) {
    if greatest_kw >= 10_000.0 { ("MW", 1e-3) } else { ("kW", 1.0) }
}

#[cfg(test)]
mod tests {
    use microgrid_core::demand::{Load, WaterHeater};
    use microgrid_core::dispatch::{Controller, Dispatch};
    use microgrid_core::generation::{Genset, SeriesPlant};
    use microgrid_core::storage::Battery;
    use microgrid_core::utility::Tariff;
    use microgrid_core::{Calendar, Plan, Scenario};

    use super::*;

    /// A week with all that can feed a site or take from it: sun, a second plant that cannot be curtailed, `gensets`
    /// gensets, a battery, a tie with limits, a night without grid, and beside one genset a water heater.
    fn site(gensets: usize, grid_forming: bool) -> Scenario {
        let mut site = Scenario::new("week", Calendar::days(3600, 7));
        let bell = |step: usize| (12.0 - (step as f64 % 24.0 - 12.0).abs() * 2.0).max(0.0) * 20.0;
        site.generation.push(SeriesPlant::new("roof", (0..168).map(bell).collect::<Vec<_>>()));
        let mill: Vec<f64> = (0..168).map(|step| if step < 24 { 110.0 } else { 20.0 }).collect();
        let fixed = SeriesPlant { curtailable: false, ..SeriesPlant::new("mill", mill) };
        site.generation.push(fixed);
        site.loads.push(Load::new("shop", (0..168).map(|step| 60.0 + f64::from(step % 24)).collect::<Vec<_>>()));
        site.gensets = (0..gensets).map(|i| Genset { name: format!("set {i}"), ..Genset::diesel(20.0, 1.2) }).collect();
        if gensets == 1 {
            let drawn = WaterHeater { draw_l_per_h: 40.0.into(), ..WaterHeater::electric(500.0, 9.0) };
            site.water_heaters.push(drawn);
        }
        site.storage.push(Battery { grid_forming, ..Battery::lithium_iron_phosphate(60.0, 25.0) });
        site.connection.import_limit_kw = 35.0.into();
        site.connection.export_limit_kw = 20.0.into();
        site.tariff = Tariff::flat(0.3, 0.1).into();
        site.outages.push(42..54);
        site
    }

    /// The mutation it catches is the fault there was: gensets in no layer, and holes in the picture.
    #[test]
    fn what_feeds_the_site_is_the_load_served_and_the_sinks() {
        let mut seen: Vec<String> = Vec::new();
        for (gensets, grid_forming) in [(0, true), (0, false), (1, true), (2, false), (4, true)] {
            let plan = Plan::compile(&site(gensets, grid_forming)).unwrap();
            for dispatch in Dispatch::every().filter(|dispatch| dispatch.fits(&plan).is_ok()) {
                let controller = Controller::built_in(&dispatch, &plan).unwrap();
                let (_, trace) = Trace::record(&plan, controller, |step| step.to_string());
                let (sources, sinks) = (sources(&trace, 0..168), sinks(&trace, 0..168));
                let sum = |layers: &[Layer], step: usize| layers.iter().map(|l| l.values[step]).sum::<f64>();
                let of = |name: &str, step: usize| {
                    sources.iter().find(|layer| layer.name == name).map_or(0.0, |layer| layer.values[step])
                };
                for step in 0..168 {
                    let fed = sum(&sources, step) - of("unserved load", step) - of("curtailed", step);
                    let used = trace.load_kw[step] - trace.unserved_kw[step] + sum(&sinks, step);
                    let name = dispatch.name();
                    assert!(
                        (fed - used).abs() < 1e-9 * (1.0 + used),
                        "{name}, {gensets} gensets, {step}: {fed} {used}"
                    );
                }
                let layers = sources.iter().chain(&sinks);
                seen.extend(layers.map(|layer| layer.name.split(' ').next().unwrap().to_owned()));
            }
        }
        for name in [
            "generation",
            "set",
            "gensets",
            "discharge",
            "import",
            "unserved",
            "curtailed",
            "charge",
            "export",
            "dumped",
            "device",
        ] {
            let count = seen.iter().filter(|layer| *layer == name).count();
            assert!(count > 0, "no run has the layer {name}");
        }
    }
}
