//! `[bootstrap]` and `[outages]`: parts of the scenario that are drawn whole.

use microgrid_sweep::{DayDraw, OutageProcess, Season, SeriesBootstrap};
use schemars::JsonSchema;

use super::DistributionTable;
use crate::document::Section;
use crate::time::Clock;

/// Puts every sample's year together from the base's days: weather, loads, prices and carbon given as series stay
/// together. Prices by season and hour, charging sessions, deferrable loads, and outages that are written keep to the
/// calendar.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BootstrapTable {
    /// Days that stay together in a block, 1 to 31; 1 by default.
    pub block_days: Option<u32>,
    /// From which days a day is drawn: those of its `month` (default), of its `quarter` (December to February, …), or of
    /// the whole `year`.
    #[schemars(with = "Option<String>", extend("enum" = Season::ALL.map(Season::name)))]
    pub season: Option<Season>,
    /// Whether workdays are drawn from workdays, rest days from rest days, holidays from holidays; `true` by default.
    pub same_day_type: Option<bool>,
}

/// Adds outages of the grid to every sample.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OutagesTable {
    /// Mean number of outages in 8760 h with grid, 0 to 8760.
    pub rate_per_year: f64,
    /// Length of an outage in hours, rounded up to whole steps.
    pub duration_h: DistributionTable,
}

impl BootstrapTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            block_days: section.whole("block_days"),
            season: section.choice("season", &Season::ALL.map(|season| (season.name(), season))),
            same_day_type: section.flag("same_day_type"),
        }
    }

    pub(super) fn bootstrap(&self) -> SeriesBootstrap {
        SeriesBootstrap {
            block_days: self.block_days.unwrap_or(1),
            season: self.season.unwrap_or_default(),
            same_day_type: self.same_day_type.unwrap_or(true),
        }
    }
}

impl OutagesTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let rate_per_year = section.required_number("rate_per_year");
        if !section.has("duration_h") {
            section.missing("duration_h", "a table such as { name = \"exponential\", mean = 2 }");
        }
        let duration_h = section.table("duration_h", DistributionTable::read).unwrap_or_default();
        Self { rate_per_year, duration_h }
    }

    pub(super) fn process(&self) -> OutageProcess {
        OutageProcess { rate_per_year: self.rate_per_year, duration_h: self.duration_h.distribution() }
    }
}

/// Which days of a clock's run may stand for which.
pub(super) fn day_draw(bootstrap: &SeriesBootstrap, clock: &Clock) -> Option<DayDraw> {
    let stratum = |date: jiff::civil::Date| {
        let day_type = if bootstrap.same_day_type { clock.day_type(date) as u32 } else { 0 };
        8 * bootstrap.season.of_month(date.month() as u32) + day_type
    };
    let strata: Vec<u32> = clock.days().map(|(date, _)| stratum(date)).collect();
    DayDraw::new(&clock.calendar(), &strata, bootstrap.block_days).ok()
}
