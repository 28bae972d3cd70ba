//! microgrid
