//! Pictures as SVG: of [`Trace`](crate::Trace)s a week of dispatch, the duration curves and a heat map of hours and days;
//! of an outcome its bill by month; of a charging station a day of its bays; of a solar plant where its light goes; of a
//! sweep's results their distribution, a cost over a swept size, and strategies side by side; of a network's devices their
//! time–current curves.
//!
//! Colours are Okabe and Ito's, which people with colour-blindness tell apart (Okabe, Ito: *Color Universal Design*,
//! 2008); one quantity has one colour in every picture. Powers are drawn as steps, because they are means of their
//! interval; stored energy as a line through the states at the steps' ends.

mod bays;
mod capacity;
mod cash_flow;
mod duration;
mod energy_flow;
mod figure;
mod heat_map;
mod monthly_bill;
mod one_line;
mod palette;
#[cfg(feature = "png")]
mod png;
mod results;
mod side_by_side;
mod stack;
mod stock;
mod survival;
mod time_current;
mod tornado;
mod waterfall;
mod week;

pub use bays::{BayDay, BayDraw, BayStay, bays_svg};
pub use capacity::capacity_svg;
pub use cash_flow::{YearOfMoney, cash_flow_svg};
pub use duration::duration_curves_svg;
pub use energy_flow::energy_flow_svg;
pub use heat_map::heat_map_svg;
pub use monthly_bill::bill_svg;
pub use one_line::one_line_svg;
#[cfg(feature = "png")]
pub use png::png;
pub use results::{distribution_svg, level_comparison_svg, outcome_duration_svg, size_svg};
pub use survival::survival_svg;
pub use time_current::time_current_svg;
pub use tornado::{CostSwing, tornado_svg};
pub use waterfall::waterfall_svg;
pub use week::week_svg;
