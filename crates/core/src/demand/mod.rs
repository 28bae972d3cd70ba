//! What the site uses: loads in tiers of importance.

mod load;

pub use load::{Load, Tier, ValueOfLostLoad};
