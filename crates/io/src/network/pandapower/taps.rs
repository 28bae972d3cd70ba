//! Where a transformer's taps put its ratio and its phase.
//!
//! # Model
//! pandapower's documentation of `trafo` ("Electric Model", tap changers): a changer of kind ratio or symmetrical turns the
//! tapped side's voltage u into |u·(1 + Δ·s·e^{jθ})| and shifts by the angle of that sum, Δ steps of s per unit at θ; an
//! ideal one shifts only, by Δ·θ, or by 2·arcsin(Δ·s/2). Shifts count from the high side. At a three-winding transformer's
//! star point the other side moves the other way. Checked in tests against its results.

use super::Import;
use super::tables::Row;

/// What taps do to a transformer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Taps {
    /// Whether the high side is tapped.
    pub(super) is_high: bool,
    /// Steps that give the ratio, of `step_percent` each.
    pub(super) position: f64,
    pub(super) step_percent: f64,
    /// What is added to the shift.
    pub(super) shift_deg: f64,
}

impl Import<'_> {
    /// The taps of a row as seen from the winding `side` of its table, `hv` being that table's high side.
    pub(super) fn taps(&mut self, table: &str, row: &Row, prefix: &str) -> Taps {
        let number = |key: &str| row.number(&format!("{prefix}_{key}"));
        let side = row.text(&format!("{prefix}_side"));
        let mut taps = Taps { is_high: side == Some("hv"), position: 0.0, step_percent: 0.0, shift_deg: 0.0 };
        let (Some(_), Some(position), Some(neutral)) = (side, number("pos"), number("neutral")) else { return taps };
        let steps = position - neutral;
        if steps == 0.0 {
            taps.step_percent = number("step_percent").unwrap_or(0.0);
            return taps;
        }
        if row.flag("tap_dependency_table") == Some(true) {
            self.refuse(table, row, "has a table of taps, which is not read");
        }
        let kind_key = format!("{prefix}_changer_type");
        // Before version 3 a flag told phase shifters; after it a changer of no kind does nothing.
        let kind = match row.text(&kind_key) {
            Some(kind) => kind,
            None if row.has(&kind_key) => return taps,
            None if row.flag(&format!("{prefix}_phase_shifter")) == Some(true) => "Ideal",
            None => "Ratio",
        };
        let (mut share, mut degrees) =
            (number("step_percent").unwrap_or(0.0) / 100.0, number("step_degree").unwrap_or(0.0));
        if table == "trafo3w" && row.flag("tap_at_star_point") == Some(true) {
            taps.is_high = !taps.is_high;
            let turn = degrees.to_radians();
            let (re, im) = (1.0 + steps * share * turn.cos(), steps * share * turn.sin());
            (share, degrees) = (share / re.hypot(im), degrees - im.atan2(re).to_degrees() - 180.0);
        }
        let direction = if taps.is_high { 1.0 } else { -1.0 };
        match kind {
            "Ideal" if degrees != 0.0 && share != 0.0 => {
                self.refuse(table, row, "has an ideal phase shifter with a step in percent and in degrees");
            }
            "Ideal" if degrees != 0.0 => taps.shift_deg = direction * steps * degrees,
            "Ideal" => taps.shift_deg = direction * 2.0 * (0.5 * steps * share).asin().to_degrees(),
            "Ratio" | "Symmetrical" => {
                let turn = degrees.to_radians();
                let (re, im) = (1.0 + steps * share * turn.cos(), steps * share * turn.sin());
                taps.shift_deg = direction * (im / re).atan().to_degrees();
                (taps.position, taps.step_percent) = match degrees {
                    0.0 => (steps, 100.0 * share),
                    _ if share != 0.0 => ((re.hypot(im) - 1.0) / share, 100.0 * share),
                    _ => (0.0, 0.0),
                };
            }
            "Tabular" => {}
            other => self.refuse(table, row, format!("has a tap changer of kind {other}, which is not read")),
        }
        taps
    }
}
