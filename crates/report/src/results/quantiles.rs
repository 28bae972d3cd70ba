//! Exact quantiles of values that are read several times and never kept.
//!
//! # Model
//! The quantile of share p of n values is the one of rank p·(n − 1) counted from 0, interpolated between its neighbours
//! (definition 7 of Hyndman and Fan 1996, that of numpy and DuckDB's `quantile_cont`). Ranks are found by counting:
//! each pass cuts the interval that holds a rank into 256 parts by the values' order as integers and counts what falls
//! into each; where few are left they are kept and sorted. At most nine passes find any rank among any values; two or
//! three are usual. Memory is 2 kB for each rank sought at once.

/// Values kept and sorted instead of counted.
const KEPT: u64 = 256;

/// The quantiles of one list of values, as far as they are known.
#[derive(Debug, Clone)]
pub(crate) struct Quantiles {
    count: u64,
    /// The ranks sought, ascending, with their values once they are known.
    ranks: Vec<(u64, Option<f64>)>,
    /// Ascending and apart.
    searches: Vec<Search>,
}

/// Counts the values from `low` to `high`, of which `below` are lower.
#[derive(Debug, Clone)]
struct Search {
    low: u64,
    high: u64,
    below: u64,
    found: Found,
}

#[derive(Debug, Clone)]
enum Found {
    /// Number of values in each part of 2^shift keys.
    Counts { shift: u32, counts: Vec<u64> },
    /// The keys themselves.
    Keys(Vec<u64>),
}

/// Order-preserving: a smaller number has a smaller key; −0 stands below 0.
fn key(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn value(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

impl Quantiles {
    /// A search for the quantiles of these shares among `count` finite values from `least` to `most`.
    pub(crate) fn new(shares: &[f64], count: u64, least: f64, most: f64) -> Self {
        let mut ranks: Vec<u64> = shares.iter().filter_map(|share| ranks(*share, count)).flatten().collect();
        ranks.sort_unstable();
        ranks.dedup();
        let mut quantiles =
            Self { count, ranks: ranks.into_iter().map(|rank| (rank, None)).collect(), searches: Vec::new() };
        if count > 0 {
            quantiles.search(key(least), key(most), 0, count);
        }
        quantiles
    }

    /// Seeks what lies from `low` to `high`, or knows it already.
    fn search(&mut self, low: u64, high: u64, below: u64, count: u64) {
        if low == high {
            for (rank, known) in &mut self.ranks {
                if (below..below + count).contains(rank) {
                    *known = Some(value(low));
                }
            }
            return;
        }
        let found = if count <= KEPT {
            Found::Keys(Vec::with_capacity(count as usize))
        } else {
            let shift = (64 - (high - low).leading_zeros()).saturating_sub(8);
            Found::Counts { shift, counts: vec![0; 256] }
        };
        self.searches.push(Search { low, high, below, found });
    }

    /// Whether another pass over the values is needed.
    pub(crate) fn is_searching(&self) -> bool {
        !self.searches.is_empty()
    }

    /// Shows a value in a pass.
    pub(crate) fn see(&mut self, value: f64) {
        let key = key(value);
        let at = self.searches.partition_point(|search| search.high < key);
        if let Some(search) = self.searches.get_mut(at).filter(|search| search.low <= key) {
            match &mut search.found {
                Found::Counts { shift, counts } => counts[((key - search.low) >> *shift) as usize] += 1,
                Found::Keys(keys) => keys.push(key),
            }
        }
    }

    /// Ends a pass.
    pub(crate) fn narrow(&mut self) {
        for search in std::mem::take(&mut self.searches) {
            match search.found {
                Found::Keys(mut keys) => {
                    keys.sort_unstable();
                    for (rank, known) in &mut self.ranks {
                        let place = rank.checked_sub(search.below).and_then(|place| keys.get(place as usize));
                        *known = known.or(place.map(|key| value(*key)));
                    }
                }
                Found::Counts { shift, counts } => {
                    let mut below = search.below;
                    for (part, count) in counts.into_iter().enumerate() {
                        let wanted = self
                            .ranks
                            .iter()
                            .any(|(rank, known)| known.is_none() && (below..below + count).contains(rank));
                        if wanted {
                            let low = search.low + ((part as u64) << shift);
                            let high = search.high.min(low.saturating_add((1 << shift) - 1));
                            self.search(low, high, below, count);
                        }
                        below += count;
                    }
                }
            }
        }
    }

    /// The quantile of a share asked for, when no pass is needed any more; `None` of no values.
    pub(crate) fn of(&self, share: f64) -> Option<f64> {
        let [low, high] = ranks(share, self.count)?;
        let at = |rank| self.ranks.iter().find(|(known, _)| *known == rank).and_then(|(_, value)| *value);
        let (low_value, high_value) = (at(low)?, at(high)?);
        let part = share * (self.count - 1) as f64 - low as f64;
        // Between equal neighbours nothing is to be rounded.
        Some(if low_value == high_value { low_value } else { low_value + part * (high_value - low_value) })
    }
}

/// The ranks beside the quantile of a share; `None` of no values.
fn ranks(share: f64, count: u64) -> Option<[u64; 2]> {
    let last = count.checked_sub(1)?;
    let low = (share * last as f64) as u64;
    Some([low, (low + 1).min(last)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHARES: [f64; 6] = [0.0, 0.05, 0.25, 0.5, 0.95, 1.0];

    fn quantiles(values: &[f64]) -> (Quantiles, usize) {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut quantiles = Quantiles::new(&SHARES, values.len() as u64, least, most);
        let mut passes = 0;
        while quantiles.is_searching() {
            values.iter().for_each(|value| quantiles.see(*value));
            quantiles.narrow();
            passes += 1;
        }
        (quantiles, passes)
    }

    fn sorted(values: &[f64], share: f64) -> f64 {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        let place = share * (values.len() - 1) as f64;
        let (low, high) = (values[place as usize], values[(place as usize + 1).min(values.len() - 1)]);
        if low == high { low } else { low + place.fract() * (high - low) }
    }

    proptest! {
        /// Mutation it catches: a rank off by one, an interval's end left out, negative numbers in the wrong order.
        #[test]
        fn the_quantiles_are_those_of_the_sorted_values(
            seeds in prop::collection::vec((0_u8..4, -1e6..1e6_f64), 1..3000),
        ) {
            let values: Vec<f64> = seeds.iter().map(|(kind, value)| match kind {
                0 => 0.0,
                1 => value.round(),
                2 => value * 1e-300,
                _ => *value,
            }).collect();
            let (quantiles, passes) = quantiles(&values);
            prop_assert!(passes <= 9, "{passes} passes");
            for share in SHARES {
                prop_assert_eq!(quantiles.of(share), Some(sorted(&values, share)), "{}", share);
            }
        }
    }

    #[test]
    fn few_passes_are_enough_and_nothing_has_no_quantile() {
        // A year's costs: a hundred thousand values within a factor of two.
        let values: Vec<f64> = (0..100_000_u64).map(|i| 1e6 + (i * 7919 % 100_003) as f64 * 10.7).collect();
        let (found, passes) = quantiles(&values);
        assert_eq!(found.of(0.5), Some(sorted(&values, 0.5)));
        assert!(passes <= 3, "{passes}");
        assert_eq!(Quantiles::new(&SHARES, 0, f64::INFINITY, f64::NEG_INFINITY).of(0.5), None);
    }
}
