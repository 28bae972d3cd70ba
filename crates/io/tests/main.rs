//! What scenario folders promise, one module each.

mod bad_input;
mod irregular_files;
mod no_panic;
mod plan_file;
mod schema;
mod seeds;
mod series;
mod sweep;
mod tariff_bill;
mod tariff_format;
mod tariff_jiangsu;
mod tariff_no_panic;
