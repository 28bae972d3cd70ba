//! The binary `microgrid` as a user calls it, one module each.

#[cfg(feature = "serve")]
mod browser;
mod command_line;
mod design;
mod fault;
mod first_hour;
mod flexibility;
mod flow;
#[cfg(feature = "mpi")]
mod mpi;
mod results;
mod settings;
mod solar_yield;
mod streams;
mod sweep;
