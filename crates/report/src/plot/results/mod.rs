//! Pictures of a sweep's results.

mod distribution;
mod duration;
mod levels;
mod scale;
mod size;

pub use distribution::distribution_svg;
pub use duration::outcome_duration_svg;
pub use levels::level_comparison_svg;
pub use size::size_svg;

use std::io;

use microgrid_core::{Problem, Problems};

/// What cannot be drawn, as a problem.
pub(super) fn refused(error: io::Error) -> Problems {
    Problem::new("plot", error.to_string()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{ReadRows, ResultColumns, ResultRow, View, fixture};

    /// A hundred samples at four capacities under three strategies; the cost falls with either.
    fn rows() -> Vec<ResultRow> {
        let rows = (0..1_200_u64).map(|index| {
            let (sample, point) = (index / 12, index % 12);
            let cost = 2e6 + 1e4 * (sample * 37 % 101) as f64 - 3e4 * (point % 3) as f64 - 1e4 * (point / 3) as f64;
            let mut row = fixture::row(index, sample, point % 3, cost);
            row.place.point = point;
            row.inputs[0] = (500.0 * (point / 3) as f64).into();
            row
        });
        rows.collect()
    }

    type Draw = fn(&ResultColumns, &ReadRows<'_>, &View) -> Result<String, Problems>;

    #[test]
    fn pictures_name_their_levels_axes_and_units() {
        let (columns, rows) = (ResultColumns::new(&fixture::inputs(), true), rows());
        let read = |see: &mut dyn FnMut(&ResultRow)| {
            rows.iter().for_each(see);
            Ok(())
        };
        let cases: [(Draw, &[&str]); 4] = [
            (
                distribution_svg,
                &["distribution: 1,200 scenarios", "scenarios, %", "objective, thousand CNY", "optimal less idle"],
            ),
            (outcome_duration_svg, &["duration curve", "scenarios at or above the value, %", "self_consumption"]),
            (
                size_svg,
                &[
                    "storage.battery[0].capacity_kwh",
                    "mean objective, thousand CNY",
                    "1,400",
                    "idle, n = 400",
                    "95 % interval",
                ],
            ),
            (
                level_comparison_svg,
                &["quartiles", "median", "mean with its 95 % interval", "objective, CNY less that of idle", "n = 400"],
            ),
        ];
        for (draw, texts) in cases {
            let svg = draw(&columns, &read, &View::default()).unwrap();
            for text in texts {
                assert!(svg.contains(text), "{text}");
            }
            assert!(!svg.contains("NaN"));
            let bill = View { column: "bill_total".into(), ..View::default() };
            assert!(!draw(&columns, &read, &bill).unwrap().contains("NaN"), "a column of one value can be drawn");
            let none = View { column: "costs".into(), ..View::default() };
            assert!(draw(&columns, &read, &none).unwrap_err().to_string().contains("no column `costs`"));
            let gap = View { column: "gap_percent".into(), ..View::default() };
            assert!(draw(&columns, &read, &gap).unwrap_err().to_string().contains("no scenario has a number"));
        }
        let wrong = View { against: Some("currency".into()), ..View::default() };
        assert!(size_svg(&columns, &read, &wrong).is_err());
        let wrong = View { by: Some("currency".into()), ..View::default() };
        assert!(level_comparison_svg(&columns, &read, &wrong).is_err());
    }
}
