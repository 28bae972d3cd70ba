//! The guide: how to come from a site to its numbers. Its code is run by the tests.

#[doc = include_str!("your_own_site.md")]
pub mod your_own_site {}

#[doc = include_str!("tariffs.md")]
pub mod tariffs {}

#[doc = include_str!("series.md")]
pub mod series {}

#[doc = include_str!("strategies.md")]
pub mod strategies {}

#[doc = include_str!("adding_a_device.md")]
pub mod adding_a_device {}

#[doc = include_str!("on_a_chip.md")]
pub mod on_a_chip {}

#[doc = include_str!("sizing.md")]
pub mod sizing {}

#[doc = include_str!("flexibility.md")]
pub mod flexibility {}
