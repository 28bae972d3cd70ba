//! Design folders: `design.toml` beside a `scenario.toml` says what is to be sized, at which prices, and over how many years.
//!
//! [`DesignFolder::read`] reads both, maps each field that is sized to what it is in core's scenario, and
//! [`DesignFolder::write`] writes the folder again with the sizes found.

mod beside;
mod checks;
mod field;
mod file;
mod finance;
mod folder;
mod priced;

pub use beside::{CaseTable, ContractTable, VariantTable};
pub use checks::{CheckTable, ChecksFile, schema as checks_schema};
pub use field::Sized;
pub use file::{DesignFile, EconomicsTable, GoalTable, SizeTable, schema};
pub use finance::{LoanTable, TaxTable, VatTable};
pub use folder::DesignFolder;
pub use priced::Priced;
