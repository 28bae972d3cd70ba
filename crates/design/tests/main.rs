//! What the economics and the sizing promise, one module each.

mod reference_economics;
mod reference_sizing;
mod sizing_check;
mod sizing_counts;
mod sizing_random;
