//! `[site]`: what, where, and under which sky.

use microgrid_core::Problem;
use microgrid_core::generation::Location;
use schemars::JsonSchema;

use super::WeatherTable;
use crate::document::Section;

/// What the site is called, and where it is.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SiteTable {
    /// What reports call the site.
    pub name: String,
    /// IANA name of the site's time zone, such as `Asia/Shanghai`.
    pub zone: String,
    /// Currency of all prices, three capital letters such as `CNY`.
    pub currency: String,
    /// Latitude in degrees, −90 to 90, north positive; written with the longitude or not at all. Weather from monthly
    /// normals needs both; a weather file brings its own.
    pub latitude_deg: Option<f64>,
    /// Longitude in degrees, −180 to 180, east positive.
    pub longitude_deg: Option<f64>,
    /// Metres above sea level, −1000 to 9999; 0 by default. Only beside the latitude.
    pub elevation_m: Option<f64>,
    /// The sky over the site, shared by all solar arrays.
    pub weather: Option<WeatherTable>,
}

impl SiteTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let site = Self {
            name: section.required_text("name", "a text"),
            zone: section.required_text("zone", "an IANA name such as Asia/Shanghai"),
            currency: section.required_text("currency", "three letters such as CNY"),
            latitude_deg: section.number_within("latitude_deg", -90.0, 90.0),
            longitude_deg: section.number_within("longitude_deg", -180.0, 180.0),
            elevation_m: section.number_within("elevation_m", -1000.0, 9999.0),
            weather: section.table("weather", WeatherTable::read),
        };
        let is_code = site.currency.len() == 3 && site.currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if !site.currency.is_empty() && !is_code {
            let problem = Problem::new(section.field("currency"), "is not a currency code").value(&site.currency);
            section.push(problem.allowed("three capital letters such as CNY, EUR or USD"));
        }
        section.refuse_without("latitude_deg", "longitude_deg");
        section.refuse_without("longitude_deg", "latitude_deg");
        section.refuse_without("elevation_m", "latitude_deg");
        let drawn = site.weather.as_ref().is_some_and(|weather| weather.normals.is_some());
        if drawn && !section.has("latitude_deg") {
            section.push(
                Problem::new(section.field("weather.normals"), "does not say where it is")
                    .hint("write latitude_deg and longitude_deg in [site]"),
            );
        }
        site
    }

    /// The site's place, where it is written.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        let place = self.latitude_deg.zip(self.longitude_deg);
        place.map(|(latitude_deg, longitude_deg)| Location {
            latitude_deg,
            longitude_deg,
            elevation_m: self.elevation_m.unwrap_or(0.0),
        })
    }
}
