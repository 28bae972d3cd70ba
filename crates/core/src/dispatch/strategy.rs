//! The interface for a user's own strategy.

use alloc::vec::Vec;

use super::{Request, Site};

/// A strategy: sees the site as it is now, and asks.
///
/// It only asks: the plant limits what it asks to what each device can do, keeps the site in balance and meters. What
/// cannot be meant is a fault of the run ([`RequestFault`](super::RequestFault)): from that step on the strategy's requests
/// count as 0.
///
/// # Examples
/// ```
/// use microgrid_core::dispatch::{Request, Site, Strategy};
///
/// /// Charges with a tenth of its limit, always.
/// struct Trickle;
///
/// impl Strategy for Trickle {
///     fn decide(&mut self, site: &Site, ask: &mut Request) {
///         for (i, battery) in site.batteries().iter().enumerate() {
///             ask.battery(i).charge(0.1 * battery.charge_limit_kw());
///         }
///     }
/// }
/// ```
pub trait Strategy: Send {
    /// Called once a step, after the site's limits are known. `ask` is empty: storage rests and gensets are off unless
    /// asked.
    fn decide(&mut self, site: &Site, ask: &mut Request);

    /// What the strategy remembers, for a snapshot. Empty where it remembers nothing.
    fn save(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Takes back what [`Strategy::save`] gave.
    fn restore(&mut self, _memory: &[f64]) {}
}

impl<F: FnMut(&Site, &mut Request) + Send> Strategy for F {
    fn decide(&mut self, site: &Site, ask: &mut Request) {
        self(site, ask);
    }
}
