//! Points of Sobol's sequence by their number, scrambled.

use super::sobol_table::POLYNOMIALS;
use crate::stream::mix;

/// Bits of a coordinate.
pub(super) const BITS: u32 = 32;

/// One dimension of Sobol's sequence.
///
/// # Model
/// Sobol (1967) in the order of Gray codes (Antonov and Saleev 1979): the exclusive or of the direction numbers v_i of
/// the bits of g = k ⊕ ⌊k/2⌋. With the primitive polynomial x^s + a_1 x^(s−1) + … + a_(s−1) x + 1 the numbers m_i,
/// v_i = m_i / 2^i, follow m_i = 2a_1 m_(i−1) ⊕ … ⊕ 2^(s−1) a_(s−1) m_(i−s+1) ⊕ 2^s m_(i−s) ⊕ m_(i−s).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sobol {
    directions: [u32; BITS as usize],
}

impl Sobol {
    /// The dimension of that number from 0, below [`super::sobol_table::DIMENSIONS`].
    pub(super) fn new(dimension: usize) -> Self {
        let mut directions = [0; BITS as usize];
        let Some((degree, inner, first)) = dimension.checked_sub(1).map(|row| POLYNOMIALS[row]) else {
            directions.iter_mut().enumerate().for_each(|(i, v)| *v = 1 << (BITS - 1 - i as u32));
            return Self { directions };
        };
        for i in 0..BITS as usize {
            directions[i] = if i < degree {
                first[i] << (BITS - 1 - i as u32)
            } else {
                let mut v = directions[i - degree] ^ (directions[i - degree] >> degree);
                for j in 1..degree {
                    if inner >> (degree - 1 - j) & 1 == 1 {
                        v ^= directions[i - j];
                    }
                }
                v
            };
        }
        Self { directions }
    }

    /// The coordinate of point `index`, as a fraction of 2³².
    pub(super) fn at(&self, index: u32) -> u32 {
        let mut gray = index ^ (index >> 1);
        let mut coordinate = 0;
        while gray != 0 {
            coordinate ^= self.directions[gray.trailing_zeros() as usize];
            gray &= gray - 1;
        }
        coordinate
    }
}

/// Owen's nested uniform scrambling (Owen 1995) of a coordinate: each bit is turned over or not by a random bit that
/// belongs to the bits above it. The random bits are a hash of the key and those bits, so that no tree is kept.
pub(super) fn scrambled(key: u64, coordinate: u32) -> u32 {
    let mut scrambled = 0;
    for bit in 0..BITS {
        // A leading 1 tells prefixes of different lengths apart.
        let above = (1_u64 << bit) | (u64::from(coordinate) >> (BITS - bit));
        let flip = (mix(key ^ mix(above)) & 1) as u32;
        scrambled |= ((coordinate >> (BITS - 1 - bit) & 1) ^ flip) << (BITS - 1 - bit);
    }
    scrambled
}

#[cfg(test)]
mod tests {
    use super::super::sobol_table::DIMENSIONS;
    use super::*;

    fn unit(coordinate: u32) -> f64 {
        f64::from(coordinate) / f64::from(2.0_f32.powi(32))
    }

    /// The first ten points in three dimensions that Joe and Kuo print in "Notes on generating Sobol sequences" (2008).
    #[test]
    fn the_first_points_are_the_published_ones() {
        let published = [
            [0.0, 0.0, 0.0],
            [0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25],
            [0.25, 0.75, 0.75],
            [0.375, 0.375, 0.625],
            [0.875, 0.875, 0.125],
            [0.625, 0.125, 0.875],
            [0.125, 0.625, 0.375],
            [0.1875, 0.3125, 0.9375],
            [0.6875, 0.8125, 0.4375],
        ];
        let dimensions: Vec<Sobol> = (0..3).map(Sobol::new).collect();
        for (index, point) in published.iter().enumerate() {
            for (sobol, coordinate) in dimensions.iter().zip(point) {
                assert_eq!(unit(sobol.at(index as u32)), *coordinate, "{index}");
            }
        }
    }

    /// The first 2^m points have one coordinate in each of 2^m equal parts, in every dimension, scrambled or not.
    #[test]
    fn every_dimension_is_stratified() {
        for dimension in 0..DIMENSIONS {
            let sobol = Sobol::new(dimension);
            for key in [None, Some(1), Some(0xdead_beef)] {
                let mut seen = [false; 256];
                for index in 0..256 {
                    let coordinate = sobol.at(index);
                    let coordinate = key.map_or(coordinate, |key| scrambled(key, coordinate));
                    seen[(coordinate >> 24) as usize] = true;
                }
                assert!(seen.iter().all(|seen| *seen), "{dimension} {key:?}");
            }
        }
    }

    /// The first two dimensions are a (0, m, 2)-net: every elementary interval of area 2^−m holds one of 2^m points, and
    /// scrambling keeps that.
    #[test]
    fn the_first_two_dimensions_are_a_net() {
        let (x, y) = (Sobol::new(0), Sobol::new(1));
        for keys in [None, Some((5, 6)), Some((7, 8))] {
            for split in 0..=8 {
                let mut seen = vec![false; 256];
                for index in 0..256 {
                    let (mut a, mut b) = (x.at(index), y.at(index));
                    if let Some((key_x, key_y)) = keys {
                        (a, b) = (scrambled(key_x, a), scrambled(key_y, b));
                    }
                    let part = |value: u32, bits: u32| if bits == 0 { 0 } else { value >> (32 - bits) };
                    let cell = (part(a, split) << (8 - split)) | part(b, 8 - split);
                    seen[cell as usize] = true;
                }
                assert!(seen.iter().all(|seen| *seen), "{split} {keys:?}");
            }
        }
    }

    /// Over many keys a scrambled point is uniform; its mean deviates by less than five standard errors.
    #[test]
    fn scrambling_has_no_bias() {
        for coordinate in [0, 1 << 31, 0x1234_5678] {
            let sum: f64 = (0..10_000).map(|key| unit(scrambled(mix(key), coordinate))).sum();
            assert!((sum / 1e4 - 0.5).abs() < 5.0 * libm::sqrt(1.0 / 12e4), "{coordinate}");
        }
    }
}
