//! What scenario folders promise, one module each.

mod bad_input;
mod bad_input_epw;
mod irregular_files;
mod network;
mod no_panic;
mod plan_file;
mod schema;
mod seeds;
mod series;
mod series_forms;
mod short_circuit;
mod solar_plants;
mod sweep;
mod tariff_bill;
mod tariff_format;
mod tariff_jiangsu;
mod tariff_no_panic;
mod three_phase;
mod weather_files;
mod weather_forms;
