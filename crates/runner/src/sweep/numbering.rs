//! How scenarios are cut into blocks, and blocks into shards.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use microgrid_core::{Problem, Problems};
use microgrid_sweep::Source;
use serde::{Deserialize, Serialize};

/// Scenarios in blocks of consecutive numbers. It depends on the source alone, so that every machine cuts alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbering {
    /// Number of scenarios.
    pub scenarios: u64,
    /// Number of points on the axes, at least 1.
    pub points: u64,
    /// Scenarios in a block, at least 1; the last block may have fewer.
    pub block: u64,
}

impl Numbering {
    /// Most scenarios in a block.
    pub const MOST: u64 = 256;

    /// About a 64th of the scenarios to a block, at least 8 and at most [`Numbering::MOST`], and of that the greatest
    /// part that holds whole samples in full lanes, or whole samples, or full lanes.
    #[must_use]
    pub fn of(source: &dyn Source) -> Self {
        let (scenarios, points) = (source.count(), source.points().max(1));
        let about = scenarios.div_ceil(64).clamp(8, Self::MOST);
        let whole = [points.saturating_mul(8), points].into_iter().find(|whole| *whole <= about).unwrap_or(8);
        Self { scenarios, points, block: about / whole * whole }
    }

    /// Number of blocks.
    #[must_use]
    pub const fn blocks(&self) -> u64 {
        self.scenarios.div_ceil(self.block)
    }

    /// The block of scenario `index`.
    #[must_use]
    pub const fn block_of(&self, index: u64) -> u64 {
        index / self.block
    }

    /// The scenarios of block `number`; empty beyond the last block.
    #[must_use]
    pub fn scenarios_of(&self, number: u64) -> Range<u64> {
        let first = number.saturating_mul(self.block).min(self.scenarios);
        first..first.saturating_add(self.block).min(self.scenarios)
    }
}

/// The part of the blocks that one of several machines runs: every block whose number leaves `number − 1` when divided by
/// `of`. Written `number/of`, such as `2/3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: u64,
    of: u64,
}

impl Shard {
    /// All blocks.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Shard `number` of `of`, counted from 1.
    ///
    /// # Errors
    /// A number that is not in `1..=of`.
    pub fn new(number: u64, of: u64) -> Result<Self, Problems> {
        if (1..=of).contains(&number) {
            return Ok(Self { number, of });
        }
        let problem = Problem::new("shard", "is not one of the shards").value(format!("{number}/{of}"));
        Err(problem.allowed("1/n to n/n").hint("shards are counted from 1; add 1 to an index counted from 0").into())
    }

    /// Whether it has block `number`.
    #[must_use]
    pub const fn has(&self, number: u64) -> bool {
        number % self.of == self.number - 1
    }

    /// Whether it is all there is.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.of == 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = Problems;

    fn from_str(text: &str) -> Result<Self, Problems> {
        let parts = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let refused =
            || Problems::from(Problem::new("shard", "is not a shard").value(text).allowed("i/n, such as 2/3"));
        parts.ok_or_else(refused).and_then(|(number, of)| Self::new(number, of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counted(u64, u64);

    impl Source for Counted {
        fn count(&self) -> u64 {
            self.0
        }
        fn points(&self) -> u64 {
            self.1
        }
        fn inputs(&self) -> &[microgrid_sweep::Input] {
            &[]
        }
        fn place(&self, index: u64) -> microgrid_sweep::Place {
            microgrid_sweep::Place { sample: index / self.1, replicate: 0, point: index % self.1 }
        }
        fn values(&self, _: u64) -> Vec<microgrid_sweep::Value> {
            Vec::new()
        }
        fn scenario(&self, _: u64, _: &[microgrid_sweep::Value]) -> Result<microgrid_core::Scenario, Problems> {
            Err(Problems::none())
        }
        fn fingerprint(&self) -> Vec<(String, u64)> {
            Vec::new()
        }
    }

    #[test]
    fn blocks_cover_every_scenario_once_and_hold_whole_samples() {
        for (scenarios, points, block) in
            [(100_000, 1, 256), (100_000, 5, 240), (100_000, 100, 200), (39, 39, 8), (1_000_000, 5000, 256)]
        {
            let numbering = Numbering::of(&Counted(scenarios, points));
            assert_eq!(numbering.block, block, "{scenarios} of {points}");
        }
        for scenarios in [0, 1, 7, 39, 1000, 12_345] {
            for points in [1, 2, 3, 7, 50, 1023, 4000] {
                let numbering = Numbering::of(&Counted(scenarios, points));
                assert!((1..=Numbering::MOST).contains(&numbering.block), "{numbering:?}");
                let mut next = 0;
                for number in 0..numbering.blocks() {
                    let range = numbering.scenarios_of(number);
                    assert!(range.start == next && !range.is_empty(), "{numbering:?}");
                    assert!(points > numbering.block || range.start.is_multiple_of(points), "{numbering:?}");
                    next = range.end;
                }
                assert_eq!(next, scenarios);
                assert!(numbering.scenarios_of(numbering.blocks()).is_empty());
            }
        }
    }

    #[test]
    fn shards_part_the_blocks() {
        for of in [1, 3, 7] {
            for number in 0..50 {
                let having = (1..=of).filter(|shard| Shard::new(*shard, of).unwrap().has(number)).count();
                assert_eq!(having, 1);
            }
        }
        assert_eq!("2/3".parse::<Shard>().unwrap().to_string(), "2/3");
        for wrong in ["0/3", "4/3", "1", "1/0", "-1/3", "a/b", "1/2/3"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
