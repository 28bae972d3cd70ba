//! A random order of n things that can be asked for any one place, without a list.

use crate::stream::mix;

/// A keyed permutation of 0 to n − 1.
///
/// # Model
/// A Feistel network on the digits (l, r) of a number to the bases a and b with a·b ≥ n (Black and Rogaway, CT-RSA 2002):
/// round by round one digit is moved, modulo its base, by a hash of the other; each round is a bijection. A result
/// beyond n is put in again until it is within. a·b exceeds n by less than √n + 1, so that this is rare.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permutation {
    key: u64,
    count: u64,
    a: u64,
    b: u64,
}

impl Permutation {
    const ROUNDS: u64 = 8;

    /// An order of `count` things, 1 to 2⁵².
    pub(super) fn new(key: u64, count: u64) -> Self {
        let mut a = libm::sqrt(count as f64) as u64;
        a += u64::from(a * a < count);
        Self { key, count, a, b: count.div_ceil(a) }
    }

    /// Which thing is at `place`, below the count.
    pub(super) fn at(&self, place: u64) -> u64 {
        let mut value = place;
        loop {
            value = self.shuffled(value);
            if value < self.count {
                return value;
            }
        }
    }

    fn shuffled(&self, value: u64) -> u64 {
        let (mut l, mut r) = (value / self.b, value % self.b);
        for round in (0..Self::ROUNDS).step_by(2) {
            l = (l + mix(self.key ^ mix(2 * r + 1).wrapping_add(round)) % self.a) % self.a;
            r = (r + mix(self.key ^ mix(2 * l).wrapping_add(round)) % self.b) % self.b;
        }
        l * self.b + r
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thing_has_one_place() {
        for count in [1, 2, 3, 7, 16, 39, 100, 1000, 4099] {
            for key in 0..5 {
                let permutation = Permutation::new(key, count);
                let mut things: Vec<u64> = (0..count).map(|place| permutation.at(place)).collect();
                things.sort_unstable();
                assert!(things.into_iter().eq(0..count), "{count} {key}");
            }
        }
    }

    /// Over many keys every thing comes to the first place and the last as often; chi-square with 9 degrees of freedom
    /// exceeds 33.7 with a probability of 0.0001.
    #[test]
    fn no_place_is_preferred() {
        for place in [0, 4, 9] {
            let mut counts = [0_i32; 10];
            (0..10_000).for_each(|key| counts[Permutation::new(mix(key), 10).at(place) as usize] += 1);
            let chi_square: f64 = counts.iter().map(|count| f64::from((count - 1000) * (count - 1000)) / 1000.0).sum();
            assert!(chi_square < 33.7, "{chi_square} {counts:?}");
        }
    }
}
