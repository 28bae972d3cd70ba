//! `load_following`: a genset, when one is needed, gives what the load asks for and no more; charging storage is left
//! to renewables. Foresight: none.
//!
//! HOMER's definition (manual page *Controller*: "when a generator is needed, it produces only enough power to meet the
//! demand"). Storage is called before gensets, gensets in the order of the scenario; `genset_rule` has the rules beside
//! a grid. What the least load gives beyond the need goes into storage, if there is room.

use super::genset_rule::Commitment;
use super::{Request, Site, Strategy};

#[derive(Debug, Clone)]
pub(crate) struct LoadFollowing {
    pub(crate) gensets: Commitment,
}

impl Strategy for LoadFollowing {
    fn decide(&mut self, site: &Site, ask: &mut Request) {
        let open = self.gensets.open(site);
        self.gensets.serve(site, &open);
        self.gensets.ask(site, ask);
    }
}
