//! `[site]`: what and where.

use microgrid_core::Problem;
use schemars::JsonSchema;

use crate::document::Section;

/// What the site is called, and where it is.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SiteTable {
    /// What reports call the site.
    pub name: String,
    /// IANA name of the site's time zone, such as `Asia/Shanghai`.
    pub zone: String,
    /// Currency of all prices, three capital letters such as `CNY`.
    pub currency: String,
    /// Latitude in degrees, −90 to 90, north positive; written with the longitude or not at all.
    pub latitude: Option<f64>,
    /// Longitude in degrees, −180 to 180, east positive.
    pub longitude: Option<f64>,
}

/// A place on the earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Location {
    /// Latitude in degrees, −90 to 90, north positive.
    pub latitude: f64,
    /// Longitude in degrees, −180 to 180, east positive.
    pub longitude: f64,
}

impl SiteTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let site = Self {
            name: section.required_text("name", "a text"),
            zone: section.required_text("zone", "an IANA name such as Asia/Shanghai"),
            currency: section.required_text("currency", "three letters such as CNY"),
            latitude: section.number_within("latitude", -90.0, 90.0),
            longitude: section.number_within("longitude", -180.0, 180.0),
        };
        let is_code = site.currency.len() == 3 && site.currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if !site.currency.is_empty() && !is_code {
            let problem = Problem::new(section.field("currency"), "is not a currency code").value(&site.currency);
            section.push(problem.allowed("three capital letters such as CNY, EUR or USD"));
        }
        section.refuse_without("latitude", "longitude");
        section.refuse_without("longitude", "latitude");
        site
    }

    /// The site's place, where it is written.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        self.latitude.zip(self.longitude).map(|(latitude, longitude)| Location { latitude, longitude })
    }
}
