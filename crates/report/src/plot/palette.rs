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
pub(super) const WHITE: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);

/// Of a picture's quiet parts.
pub(super) const GREY: RGBColor = RGBColor(0x8C, 0x8C, 0x8C);

pub(super) const LOAD: RGBColor = BLACK;
pub(super) const GENERATION: RGBColor = ORANGE;
pub(super) const CURTAILED: RGBColor = YELLOW;
pub(super) const IMPORT: RGBColor = BLUE;
pub(super) const EXPORT: RGBColor = SKY_BLUE;
pub(super) const CHARGE: RGBColor = PURPLE;
pub(super) const DISCHARGE: RGBColor = GREEN;
pub(super) const UNSERVED: RGBColor = VERMILLION;

/// Given by devices beside gensets and storage.
pub(super) const DEVICE_GIVEN: RGBColor = RGBColor(0x3C, 0xA3, 0x9B);
/// Of devices beside load and storage.
pub(super) const DEVICE_USE: RGBColor = RGBColor(0xB2, 0x22, 0x50);

pub(super) const DUMPED: RGBColor = RGBColor(0x7A, 0x4B, 0x1E);

/// Greys of gensets in their order, taken again from the start beyond the last.
pub(super) const GENSETS: [RGBColor; 3] =
    [RGBColor(0x5E, 0x5E, 0x5E), RGBColor(0x8E, 0x8E, 0x8E), RGBColor(0xBD, 0xBD, 0xBD)];

/// Colours of strategies side by side in their order, taken again from the start beyond the last.
pub(super) const SIDE_BY_SIDE: [RGBColor; 4] = [BLUE, ORANGE, GREEN, VERMILLION];

/// Colours of batteries in their order, taken again from the start beyond the last.
pub(super) const BATTERIES: [RGBColor; 4] = [GREEN, PURPLE, BLUE, ORANGE];

/// From little to much, each darker than the one before, also in grey print: ColorBrewer's YlGnBu of seven (Brewer,
/// Harrower: colorbrewer2.org), marked there as safe for colour-blind people.
pub(super) const SEQUENCE: [RGBColor; 7] = [
    RGBColor(0xFF, 0xFF, 0xCC),
    RGBColor(0xC7, 0xE9, 0xB4),
    RGBColor(0x7F, 0xCD, 0xBB),
    RGBColor(0x41, 0xB6, 0xC4),
    RGBColor(0x1D, 0x91, 0xC0),
    RGBColor(0x22, 0x5E, 0xA8),
    RGBColor(0x0C, 0x2C, 0x84),
];
