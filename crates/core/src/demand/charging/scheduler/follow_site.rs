//! What stations that follow the site do where nobody told them what the site does: beside a strategy of a user's own.

use super::super::Lot;
use super::Scheduler;
use super::earliest_deadline::EarliestDeadline;

#[derive(Debug)]
pub(super) struct FollowSite;

impl Scheduler for FollowSite {
    fn name(&self) -> &str {
        "follow_site"
    }

    fn allot(&self, lot: &mut Lot<'_>) {
        EarliestDeadline.allot(lot);
    }
}
