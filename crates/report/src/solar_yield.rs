//! The yield of solar plants: where their light goes, and what each month gives, as a terminal table and as JSON.

use microgrid_core::generation::pv::Waterfall;
use serde_json::{Value, json};

use crate::json_text::pretty;
use crate::number::grouped;
use crate::text_table::{Column, render};

/// A solar plant's yield over a run.
#[derive(Debug, Clone, PartialEq)]
pub struct SolarYield {
    /// The plant.
    pub name: String,
    /// Power of its modules, kW.
    pub dc_kw: f64,
    /// Rating of its inverter, kW.
    pub ac_kw: f64,
    /// Length of the run, h.
    pub run_h: f64,
    /// Where its light goes.
    pub waterfall: Waterfall,
    /// Alternating current of each calendar month, such as `2025-06`, kWh.
    pub months: Vec<(String, f64)>,
}

impl SolarYield {
    /// Alternating current per kW of modules, kWh/kW.
    #[must_use]
    pub fn kwh_per_kw(&self) -> f64 {
        self.waterfall.ac_kwh / self.dc_kw
    }

    /// Alternating current over the light on the plane at the label's efficiency, horizon and rows not taken off, %:
    /// the performance ratio of IEC 61724-1. 0 of a plant without light.
    #[must_use]
    pub fn performance_ratio_percent(&self) -> f64 {
        let open_kwh = self.waterfall.open_kwh;
        if open_kwh > 0.0 { 100.0 * self.waterfall.ac_kwh / open_kwh } else { 0.0 }
    }

    /// Alternating current over that of the modules' label in every hour, %.
    #[must_use]
    pub fn capacity_factor_percent(&self) -> f64 {
        100.0 * self.waterfall.ac_kwh / (self.dc_kw * self.run_h)
    }
}

/// The yields as text: for each plant its sizes, where its light goes link by link, and its months. Links that change
/// nothing are left out.
#[must_use]
pub fn solar_yield_table(yields: &[SolarYield]) -> String {
    yields.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn one(plant: &SolarYield) -> String {
    let waterfall = &plant.waterfall;
    let losses: Vec<_> =
        waterfall.losses.iter().filter(|loss| loss.lost_kwh.abs() > 1e-9 * waterfall.open_kwh).collect();
    let names = losses.iter().map(|loss| format!("  {}", loss.name.replace('_', " ")));
    let blank = || losses.iter().map(|_| String::new());
    let ends = |first: String, between: Vec<String>, last: String| [vec![first], between, vec![last]].concat();
    let links = render(&[
        Column::names(
            "link",
            ends("light on the modules' plane".into(), names.collect(), "alternating current".into()),
        ),
        Column::numbers(
            "",
            "energy",
            "kWh",
            ends(grouped(waterfall.open_kwh, 0), blank().collect(), grouped(waterfall.ac_kwh, 0)),
        ),
        Column::numbers(
            "lost",
            "",
            "kWh",
            ends(String::new(), losses.iter().map(|loss| grouped(loss.lost_kwh, 0)).collect(), String::new()),
        ),
        Column::numbers(
            "lost",
            "",
            "% of the link",
            ends(String::new(), losses.iter().map(|loss| grouped(loss.lost_percent, 2)).collect(), String::new()),
        ),
    ]);
    let months = render(&[
        Column::names("month", plant.months.iter().map(|(month, _)| month.clone())),
        Column::numbers("", "yield", "kWh", plant.months.iter().map(|(_, kwh)| grouped(*kwh, 0))),
    ]);
    let night = match waterfall.night_kwh {
        0.0 => String::new(),
        kwh => format!("; the inverter draws {} kWh at night, a load of the site", grouped(kwh, 0)),
    };
    format!(
        "{}: {} kW of modules, inverter {} kW\n{} kWh/kW, performance ratio {:.1} %, capacity factor {:.1} %{night}\n\n\
         {links}\n{months}",
        plant.name,
        grouped(plant.dc_kw, 1),
        grouped(plant.ac_kw, 1),
        grouped(plant.kwh_per_kw(), 0),
        plant.performance_ratio_percent(),
        plant.capacity_factor_percent(),
    )
}

/// The yields as a JSON document, nothing rounded.
#[must_use]
pub fn solar_yield_json(yields: &[SolarYield]) -> String {
    let plant = |plant: &SolarYield| {
        let loss = |loss: &microgrid_core::generation::pv::WaterfallLoss| json!({ "name": loss.name, "lost_kwh": loss.lost_kwh, "lost_percent": loss.lost_percent });
        json!({
            "name": plant.name,
            "dc_kw": plant.dc_kw,
            "ac_kw": plant.ac_kw,
            "kwh_per_kw": plant.kwh_per_kw(),
            "performance_ratio_percent": plant.performance_ratio_percent(),
            "capacity_factor_percent": plant.capacity_factor_percent(),
            "open_kwh": plant.waterfall.open_kwh,
            "losses": plant.waterfall.losses.iter().map(loss).collect::<Vec<Value>>(),
            "ac_kwh": plant.waterfall.ac_kwh,
            "night_kwh": plant.waterfall.night_kwh,
            "residual_kwh": plant.waterfall.residual_kwh(),
            "months": plant.months.iter().map(|(month, kwh)| json!({ "month": month, "ac_kwh": kwh })).collect::<Vec<Value>>(),
        })
    };
    pretty(&json!({ "plants": yields.iter().map(plant).collect::<Vec<Value>>() }))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use microgrid_core::generation::pv::WaterfallLoss;

    pub(crate) fn roof() -> SolarYield {
        let loss = |name, lost_kwh, lost_percent| WaterfallLoss { name, lost_kwh, lost_percent };
        SolarYield {
            name: "roof".into(),
            dc_kw: 100.0,
            ac_kw: 80.0,
            run_h: 8760.0,
            waterfall: Waterfall {
                open_kwh: 150_000.0,
                losses: vec![
                    loss("rows", 0.0, 0.0),
                    loss("reflection", 4_500.0, 3.0),
                    loss("temperature", -1_455.0, -1.0),
                    loss("light_induced_degradation", 26_955.0, 18.342),
                ],
                ac_kwh: 120_000.0,
                night_kwh: 40.0,
            },
            months: vec![("2025-01".into(), 50_000.0), ("2025-02".into(), 70_000.0)],
        }
    }

    #[test]
    fn the_table_tells_each_link_with_its_unit() {
        let text = solar_yield_table(&[roof()]);
        for line in [
            "roof: 100.0 kW of modules, inverter 80.0 kW",
            "1,200 kWh/kW, performance ratio 80.0 %, capacity factor 13.7 %; the inverter draws 40 kWh at night",
            "light induced degradation",
            "2025-02",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
        assert!(!text.contains("rows"), "links that change nothing are left out:\n{text}");
    }

    #[test]
    fn the_document_rounds_nothing() {
        let document: Value = serde_json::from_str(&solar_yield_json(&[roof()])).unwrap();
        let plant = &document["plants"][0];
        assert_eq!(plant["losses"][3]["lost_percent"], 18.342);
        assert_eq!(plant["residual_kwh"], 0.0);
        assert_eq!(plant["months"][1]["ac_kwh"], 70_000.0);
    }
}
