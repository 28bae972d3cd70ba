//! Pictures of a [`Trace`](crate::Trace) as SVG: a week of dispatch, and the duration curves of the run.
//!
//! Colours are Okabe and Ito's, which people with colour-blindness tell apart (Okabe, Ito: *Color Universal Design*,
//! 2008); one quantity has one colour in every picture. Powers are drawn as steps, because they are means of their
//! interval; stored energy as a line through the states at the steps' ends.

mod duration;
mod figure;
mod palette;
#[cfg(feature = "png")]
mod png;
mod week;

pub use duration::duration_curves_svg;
#[cfg(feature = "png")]
pub use png::png;
pub use week::week_svg;
