//! Hours of the day: `"22:00-02:00"` lists, to the minute.

use microgrid_core::Problem;

use super::field::Value;

/// Minutes of a day.
pub(super) const DAY_MINUTES: usize = 1440;

/// From a first minute of the day up to, not including, a last one; passes midnight where it does not ascend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HourRange {
    pub(super) from: usize,
    pub(super) to: usize,
}

impl HourRange {
    /// Reads one or many ranges; those that cannot be read are refused and left out.
    pub(super) fn read<'a>(value: &Value<'a>) -> Vec<(Self, Value<'a>)> {
        let read = |part: Value<'a>| {
            let text = part.text()?;
            match Self::parse(&text) {
                Ok(range) => Some((range, part)),
                Err(message) => {
                    part.refuse(|path| {
                        Problem::new(path, message)
                            .allowed("hours as \"06:00-11:00\", \"22:00-02:00\" or \"00:00-24:00\"")
                    });
                    None
                }
            }
        };
        value.one_or_many().into_iter().filter_map(read).collect()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let Some((from, to)) = text.split_once('-') else {
            return Err("must be a range of hours".into());
        };
        let range = Self { from: minute(from, "23:59")?, to: minute(to, "24:00")? };
        if range.from == range.to {
            return Err("is a range of no length".into());
        }
        Ok(range)
    }

    /// The minutes of the day in the range. Those after midnight belong to the date on which they fall.
    pub(super) fn minutes(self) -> impl Iterator<Item = usize> {
        let end = if self.from < self.to { self.to } else { self.to + DAY_MINUTES };
        (self.from..end).map(|minute| minute % DAY_MINUTES)
    }
}

/// `13:45` as a minute of the day, at most `latest`.
fn minute(text: &str, latest: &str) -> Result<usize, String> {
    let parts = text.trim().split_once(':');
    let digits = |part: &str| (part.len() == 2).then(|| part.parse::<usize>().ok()).flatten();
    let Some((hour, minute)) = parts.and_then(|(hour, minute)| Some((digits(hour)?, digits(minute)?))) else {
        return Err(format!("has no time of day at \"{}\"", text.trim()));
    };
    let minutes = hour * 60 + minute;
    if minute > 59 || minutes > DAY_MINUTES || (minutes == DAY_MINUTES && latest == "23:59") {
        return Err(format!("has no time of day at \"{}\", at most {latest}", text.trim()));
    }
    Ok(minutes)
}

/// A minute of the day as `13:45`.
pub(super) fn clock_time(minute: usize) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_may_pass_midnight() {
        let night: Vec<usize> = HourRange::parse("22:00-02:00").unwrap().minutes().collect();
        assert_eq!((night.len(), night[0], night[119], night[120], night[239]), (240, 1320, 1439, 0, 119));
        assert_eq!(HourRange::parse("00:00-24:00").unwrap().minutes().count(), 1440);
        assert_eq!(HourRange::parse("22:00-00:00").unwrap().minutes().count(), 120);
    }

    #[test]
    fn times_that_do_not_exist_are_named() {
        assert_eq!(HourRange::parse("08:00-25:00").unwrap_err(), "has no time of day at \"25:00\", at most 24:00");
        assert_eq!(HourRange::parse("24:00-08:00").unwrap_err(), "has no time of day at \"24:00\", at most 23:59");
        assert_eq!(HourRange::parse("8:00-12:00").unwrap_err(), "has no time of day at \"8:00\"");
        assert_eq!(HourRange::parse("08:60-12:00").unwrap_err(), "has no time of day at \"08:60\", at most 23:59");
        assert_eq!(HourRange::parse("08:00-08:00").unwrap_err(), "is a range of no length");
    }
}
