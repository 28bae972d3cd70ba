//! Kinds of storage by name, each with its source: what a battery's table takes where it does not say otherwise.

use std::sync::OnceLock;

use microgrid_core::storage::TwoWells;
use microgrid_core::{Problem, Problems};

use crate::document::{Document, Section};

/// A kind of storage.
#[derive(Debug, Clone, PartialEq)]
pub struct StoragePreset {
    /// Its name in files.
    pub name: String,
    /// What it is.
    pub what: String,
    /// Stored energy per AC energy charged.
    pub charge_efficiency: f64,
    /// AC energy discharged per stored energy.
    pub discharge_efficiency: f64,
    /// Least state of charge, a share of the capacity.
    pub soc_min: f64,
    /// Greatest state of charge, a share of the capacity.
    pub soc_max: f64,
    /// Leak of the energy above `soc_min`, per hour.
    pub self_discharge_per_h: f64,
    /// Its two wells, where it has them.
    pub wells: Option<TwoWells>,
    /// Where the figures are from.
    pub source: String,
    /// How sure they are: `high`, `medium` or `low`.
    pub confidence: String,
    /// What the reader should know.
    pub note: Option<String>,
}

/// The kinds of storage that a battery may name as its `preset`.
#[must_use]
pub fn storage_presets() -> &'static [StoragePreset] {
    static PRESETS: OnceLock<Vec<StoragePreset>> = OnceLock::new();
    // A test reads them, so that this cannot fail.
    PRESETS.get_or_init(|| read().unwrap_or_default())
}

fn read() -> Result<Vec<StoragePreset>, Problems> {
    let document = Document::parse("storage.toml", include_str!("storage.toml"))?;
    let mut root = document.root();
    let presets = root.tables("storage", StoragePreset::read);
    root.close();
    document.into_problems().or_else(|| presets)
}

impl StoragePreset {
    fn read(section: &mut Section<'_>) -> Self {
        let (available, exchange) = (section.number("available_percent"), section.number("exchange_per_h"));
        if available.is_some() != exchange.is_some() {
            section.push(Problem::new(section.field("exchange_per_h"), "belongs beside available_percent"));
        }
        Self {
            name: section.required_text("name", "a name"),
            what: section.required_text("what", "what it is"),
            charge_efficiency: section.required_number("charge_efficiency"),
            discharge_efficiency: section.required_number("discharge_efficiency"),
            soc_min: section.required_number("soc_min"),
            soc_max: section.required_number("soc_max"),
            self_discharge_per_h: section.required_number("self_discharge_per_h"),
            wells: available
                .zip(exchange)
                .map(|(available_percent, exchange_per_h)| TwoWells { available_percent, exchange_per_h }),
            source: section.required_text("source", "where the figures are from"),
            confidence: section.required_text("confidence", "high, medium or low"),
            note: section.text("note"),
        }
    }

    /// Whether its name, what it is, source or note has the word, in letters of either case.
    #[must_use]
    pub fn has_word(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        let texts = [&*self.name, "storage preset", &self.what, &self.source, self.note.as_deref().unwrap_or("")];
        texts.iter().any(|text| text.to_lowercase().contains(&word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_read_and_has_its_source() {
        let presets = read().unwrap();
        assert_eq!(presets, storage_presets());
        let names: Vec<&str> = presets.iter().map(|preset| &*preset.name).collect();
        assert_eq!(names, ["lfp", "nmc", "lead_acid", "supercapacitor", "flywheel", "pumped_water"]);
        for preset in &presets {
            assert!(["high", "medium", "low"].contains(&&*preset.confidence) && preset.source.len() > 20, "{preset:?}");
            assert!(preset.confidence != "low" || preset.note.is_some(), "{preset:?}");
        }
        // The round trips that their sources give.
        let round_trip = |i: usize| presets[i].charge_efficiency * presets[i].discharge_efficiency;
        for (i, percent) in [89.0, 91.23, 72.0, 92.0, 86.0, 80.0].into_iter().enumerate() {
            assert!((100.0 * round_trip(i) - percent).abs() < 0.02, "{}", presets[i].name);
        }
    }

    /// The wells give what they were fitted to: 58.12 and 93.2 % of the 20 h capacity in 1 and 10 h, by HOMER's limit.
    #[test]
    fn the_wells_of_lead_acid_give_less_the_faster() {
        let wells = storage_presets()[2].wells.unwrap();
        let (c, k) = (0.01 * wells.available_percent, wells.exchange_per_h);
        let given = |h: f64| {
            let decay = (-k * h).exp();
            h * k * c / (1.0 - decay + c * (k * h - 1.0 + decay))
        };
        assert!((given(1.0) / given(20.0) - 0.5812).abs() < 1e-3, "{}", given(1.0) / given(20.0));
        assert!((given(10.0) / given(20.0) - 0.932).abs() < 1e-3, "{}", given(10.0) / given(20.0));
    }
}
