//! TOML read field by field, so that every problem is found at once and stands on its own line.
//!
//! serde's derived readers stop at the first error of a table, so they are not used. A [`Document`] is the parsed
//! text; a [`Section`] is one of its tables, asked for its fields by name. What is not asked for is not known, and is
//! refused when the section closes: the fields that a reader accepts are the fields that it reads.

mod json_schema;
mod section;
mod source;

pub(crate) use json_schema::json_schema;
#[cfg(test)]
pub(crate) use json_schema::{accepted, described, table_of};
pub(crate) use section::{Section, Text};
pub(crate) use source::Document;
