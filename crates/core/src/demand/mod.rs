//! What the site uses: loads in tiers of importance, charging sessions.

mod charging;
mod load;
mod lost_load;

pub use charging::{Served, Task, serve};
pub use load::{Load, Tier};
pub use lost_load::ValueOfLostLoad;
