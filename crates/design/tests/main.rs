//! What the economics promise, one module each.

mod reference_economics;
