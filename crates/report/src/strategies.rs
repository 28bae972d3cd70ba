//! The list of built-in strategies.

use microgrid_core::dispatch::Dispatch;

use crate::text_table::{Column, render};

/// Name, foresight and summary of every built-in strategy as a table.
#[must_use]
pub fn strategies() -> String {
    let all: Vec<Dispatch> = Dispatch::every().collect();
    render(&[
        Column::names("strategy", all.iter().map(|dispatch| dispatch.name().into())),
        Column::names("foresight", all.iter().map(|dispatch| dispatch.foresight().into())),
        Column::names("what it does", all.iter().map(|dispatch| dispatch.summary().into())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_has_its_line() {
        let text = strategies();
        assert_eq!(text.lines().count(), 1 + Dispatch::every().count());
        for dispatch in Dispatch::every() {
            let line = text.lines().find(|line| line.starts_with(&format!("{} ", dispatch.name()))).unwrap();
            assert!(line.contains(dispatch.foresight()) && line.ends_with(dispatch.summary()), "{line}");
        }
    }
}
