//! The colour of each quantity.

use plotters::style::RGBColor;

pub(super) const ORANGE: RGBColor = RGBColor(0xE6, 0x9F, 0x00);
pub(super) const SKY_BLUE: RGBColor = RGBColor(0x56, 0xB4, 0xE9);
pub(super) const GREEN: RGBColor = RGBColor(0x00, 0x9E, 0x73);
pub(super) const YELLOW: RGBColor = RGBColor(0xF0, 0xE4, 0x42);
pub(super) const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
pub(super) const VERMILLION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
pub(super) const PURPLE: RGBColor = RGBColor(0xCC, 0x79, 0xA7);
pub(super) const BLACK: RGBColor = RGBColor(0, 0, 0);

pub(super) const LOAD: RGBColor = BLACK;
pub(super) const GENERATION: RGBColor = ORANGE;
pub(super) const CURTAILED: RGBColor = YELLOW;
pub(super) const IMPORT: RGBColor = BLUE;
pub(super) const EXPORT: RGBColor = SKY_BLUE;
pub(super) const CHARGE: RGBColor = PURPLE;
pub(super) const DISCHARGE: RGBColor = GREEN;
pub(super) const UNSERVED: RGBColor = VERMILLION;

/// Colours of batteries in their order, taken again from the start beyond the last.
pub(super) const BATTERIES: [RGBColor; 4] = [GREEN, PURPLE, BLUE, ORANGE];
