//! Kinds of days that tariffs tell apart.

/// Kind of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DayType {
    /// Monday to Friday unless a holiday, and every make-up workday.
    Workday,
    /// Saturday and Sunday, unless a holiday or a make-up workday.
    RestDay,
    /// A day on the list of holidays, whatever its weekday.
    Holiday,
}
