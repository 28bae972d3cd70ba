//! `microgrid catalogue`: equipment with its price range, date and source.

use std::path::PathBuf;

use clap::Args;
use microgrid::Problem;
use microgrid::io::catalogue::{EquipmentTable, StoragePreset, read_catalogue, storage_presets, with_own};

use crate::ending::{Ending, print, refuse, refuse_site};

/// Arguments of `microgrid catalogue`.
#[derive(Args)]
pub(crate) struct Catalogue {
    /// Only entries with this word in name, kind, source or note
    #[arg(value_name = "WORD")]
    word: Option<String>,
    /// A catalogue of your own beside the built-in one
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Catalogue {
    /// Runs the command.
    pub(crate) fn run(&self) -> Ending {
        let own = match &self.file {
            None => Vec::new(),
            Some(path) => {
                let name = path.display().to_string();
                match microgrid::io::read_text_file(path).and_then(|text| read_catalogue(&name, &text)) {
                    Ok(own) => own,
                    Err(problems) => return refuse_site(&problems, path),
                }
            }
        };
        let mut entries = with_own(own);
        let mut presets: Vec<&StoragePreset> = storage_presets().iter().collect();
        let names =
            entries.iter().map(|entry| entry.id.as_str()).chain(presets.iter().map(|preset| preset.name.as_str()));
        let all: Vec<String> = names.map(str::to_owned).collect();
        if let Some(word) = &self.word {
            entries.retain(|entry| entry.has_word(word));
            presets.retain(|preset| preset.has_word(word));
            if entries.is_empty() && presets.is_empty() {
                let problem = Problem::new("WORD", "is in no entry").value(word).allowed(all.join(", "));
                return refuse(&problem.into());
            }
        }
        let texts: Vec<String> = entries.iter().map(text).chain(presets.into_iter().map(preset_text)).collect();
        print(&texts.join("\n"))
    }
}

/// An entry in three lines.
fn text(entry: &EquipmentTable) -> String {
    let price = &entry.price;
    let usual = price.usual.map_or(String::new(), |usual| format!(", usual {usual}"));
    let life = match (entry.lifetime_years, entry.lifetime_h) {
        (Some(years), _) => format!("{years} years"),
        (_, Some(hours)) => format!("{hours} h of running"),
        _ => "no life".into(),
    };
    let parameters = [
        ("power_kw", entry.power_kw),
        ("capacity_kwh", entry.capacity_kwh),
        ("round_trip_efficiency", entry.round_trip_efficiency),
        ("no_load_l_per_rated_kwh", entry.no_load_l_per_rated_kwh),
        ("slope_l_per_kwh", entry.slope_l_per_kwh),
        ("min_load", entry.min_load),
    ];
    let parameters: String =
        parameters.into_iter().filter_map(|(name, value)| value.map(|value| format!(", {name} {value}"))).collect();
    let note = entry.note.as_ref().map_or(String::new(), |note| format!("  {note}\n"));
    format!(
        "{} ({}): {} to {} {} per {}{usual}, as of {}; {} confidence\n  {life}{parameters}\n{note}  source: {}\n",
        entry.id,
        entry.kind,
        price.least,
        price.most,
        price.currency,
        price.unit,
        price.as_of,
        entry.confidence,
        entry.source,
    )
}

/// A kind of storage in three or four lines.
fn preset_text(preset: &StoragePreset) -> String {
    let StoragePreset { charge_efficiency, discharge_efficiency, soc_min, soc_max, self_discharge_per_h, .. } = preset;
    let wells = preset.wells.map_or(String::new(), |wells| {
        format!(", wells.available_percent {}, wells.exchange_per_h {}", wells.available_percent, wells.exchange_per_h)
    });
    let note = preset.note.as_ref().map_or(String::new(), |note| format!("  {note}\n"));
    format!(
        "preset = \"{}\" (storage preset): {}; {} confidence\n  charge_efficiency {charge_efficiency}, discharge_efficiency \
         {discharge_efficiency}, soc_min {soc_min}, soc_max {soc_max}, self_discharge_per_h {self_discharge_per_h}{wells}\n\
         {note}  source: {}\n",
        preset.name, preset.what, preset.confidence, preset.source,
    )
}
