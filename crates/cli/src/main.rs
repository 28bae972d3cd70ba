//! The command line `microgrid`.
fn main() {}
