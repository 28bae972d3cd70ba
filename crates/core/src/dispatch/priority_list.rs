//! `priority_list`: as `load_following`, with gensets started and raised in the order of merit, the one with the
//! cheapest next kWh first (fuel and carbon). Foresight: none.
//!
//! The classic list of unit commitment, and HOMER's *Generator Order* with the order made by cost: the first gensets of
//! the list that together cover the need run.

use super::genset_rule::Commitment;
use super::{Request, Site, Strategy};

#[derive(Debug, Clone)]
pub(crate) struct PriorityList {
    pub(crate) gensets: Commitment,
}

impl Strategy for PriorityList {
    fn decide(&mut self, site: &Site, ask: &mut Request) {
        let open = self.gensets.open(site);
        self.gensets.serve(site, &open);
        self.gensets.ask(site, ask);
    }
}
