//! Random numbers as a function of seed, purpose and number of the sample: nothing is drawn in order.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The random numbers of one purpose. Each sample has a sequence of its own, which depends on the seed, the purpose and
/// the sample's number and on nothing else: ChaCha8's stream of that number, under a key of seed and purpose.
#[derive(Debug, Clone)]
pub struct Stream {
    start: ChaCha8Rng,
}

impl Stream {
    /// The numbers of `purpose`, such as the path of a field.
    #[must_use]
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&hash(purpose.as_bytes()).to_le_bytes());
        key[16..24].copy_from_slice(&mix(hash(purpose.as_bytes()) ^ purpose.len() as u64).to_le_bytes());
        Self { start: ChaCha8Rng::from_seed(key) }
    }

    /// The numbers of one sample, from their begin.
    #[must_use]
    pub fn of_sample(&self, sample: u64) -> Numbers {
        let mut random = self.start.clone();
        random.set_stream(sample);
        Numbers { random }
    }
}

/// A sequence of random numbers.
#[derive(Debug, Clone)]
pub struct Numbers {
    random: ChaCha8Rng,
}

impl Numbers {
    /// The next number, uniform in the open interval from 0 to 1.
    pub fn unit(&mut self) -> f64 {
        // 52 bits and a half: neither 0 nor, rounded, 1.
        ((self.random.next_u64() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// The next whole number, uniform from 0 to below `end`, which is at least 1 and at most 2³².
    pub fn below(&mut self, end: u64) -> u64 {
        // The high half of 64 bits times `end`; its bias is below 2⁻³².
        ((u128::from(self.random.next_u64()) * u128::from(end)) >> 64) as u64
    }
}

/// FNV-1a in 64 bits (Fowler, Noll, Vo): the same on every platform.
#[must_use]
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): a bijection in which every bit depends on every bit.
pub(crate) const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_its_numbers_in_any_order_of_asking() {
        let stream = Stream::new(7, "storage.battery[0].capacity_kwh");
        let forward: Vec<f64> = (0..100).map(|sample| stream.of_sample(sample).unit()).collect();
        let backward: Vec<f64> = (0..100).rev().map(|sample| stream.of_sample(sample).unit()).collect();
        assert!(forward.iter().eq(backward.iter().rev()));
        let other = Stream::new(7, "storage.battery[1].capacity_kwh");
        assert!(forward.iter().enumerate().all(|(sample, unit)| other.of_sample(sample as u64).unit() != *unit));
        let reseeded = Stream::new(8, "storage.battery[0].capacity_kwh");
        assert!(forward.iter().enumerate().all(|(sample, unit)| reseeded.of_sample(sample as u64).unit() != *unit));
    }

    /// The published values of FNV-1a ("" and "a") and of SplitMix64's first output from state 0.
    #[test]
    fn hashes_are_the_published_ones() {
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn whole_numbers_fill_their_range() {
        let mut numbers = Stream::new(1, "days").of_sample(0);
        let mut counts = [0; 7];
        (0..7000).for_each(|_| counts[numbers.below(7) as usize] += 1);
        // Six standard deviations of a binomial of mean 1000.
        assert!(counts.iter().all(|count| (824..1176).contains(count)), "{counts:?}");
    }
}
