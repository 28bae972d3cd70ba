//! Distributions by name, each drawn through its quantile function, so that every way of sampling fits all of them.

mod checks;
mod gamma_function;
mod incomplete_beta;
mod inversion;
mod normal;
mod quantile;
mod shape;

pub(crate) use normal::{normal_cdf, normal_quantile};
pub use shape::Distribution;
