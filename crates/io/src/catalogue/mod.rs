//! Equipment to buy: classes with parameters, price ranges, life, and where and of when each figure is.
//!
//! [`built_in`] is the catalogue of this project: generic classes, no brands, and only figures whose source was read. Prices age
//! fast, so an entry without source or date is refused, in a user's own file too ([`read_catalogue`]). Prices are in the
//! entry's own currency and never converted.
//!
//! [`storage_presets`] are kinds of storage for scenarios, without prices: where a source was not read again, its note says so.

mod file;
mod storage_preset;

use std::sync::OnceLock;

use microgrid_core::Problems;

use crate::document::Document;
pub use file::{CatalogueFile, EquipmentTable, PriceTable, schema};
pub use storage_preset::{StoragePreset, storage_presets};

/// The equipment of this project.
#[must_use]
pub fn built_in() -> Vec<EquipmentTable> {
    // A test reads it, so that this cannot fail.
    read_catalogue("catalogue.toml", include_str!("equipment.toml")).unwrap_or_default()
}

/// The gensets of this project, whose fuel and life a genset's table may take.
pub(crate) fn gensets() -> &'static [EquipmentTable] {
    static GENSETS: OnceLock<Vec<EquipmentTable>> = OnceLock::new();
    GENSETS.get_or_init(|| built_in().into_iter().filter(|entry| entry.kind == "genset").collect())
}

/// One's own entries, and then those of this project that none of them stands in for.
#[must_use]
pub fn with_own(own: Vec<EquipmentTable>) -> Vec<EquipmentTable> {
    let mut entries = own;
    let others: Vec<_> = built_in().into_iter().filter(|entry| entries.iter().all(|own| own.id != entry.id)).collect();
    entries.extend(others);
    entries
}

/// Reads a catalogue from the text of a file that messages call `file`.
///
/// # Errors
/// Every problem, each on its line: an entry without source or date, a price range that falls, two entries of one name.
///
/// # Examples
/// ```
/// let text = r#"
///     [[equipment]]
///     id = "my-cabinet"
///     kind = "storage"
///     price = { currency = "CNY", unit = "kWh", least = 480, most = 540, as_of = 2025-03-28 }
///     lifetime_years = 12
///     source = "offer of a supplier"
///     confidence = "high"
/// "#;
/// assert_eq!(microgrid_io::catalogue::read_catalogue("own.toml", text)?.len(), 1);
/// let problems = microgrid_io::catalogue::read_catalogue("own.toml", &text.replace("source =", "note ="));
/// assert!(problems.unwrap_err().to_string().contains("equipment[0].source: is missing"));
/// # Ok::<(), microgrid_core::Problems>(())
/// ```
pub fn read_catalogue(file: &str, text: &str) -> Result<Vec<EquipmentTable>, Problems> {
    let document = Document::parse(file, text)?;
    let catalogue = CatalogueFile::read(&document);
    document.into_problems().or_else(|| catalogue.equipment)
}
