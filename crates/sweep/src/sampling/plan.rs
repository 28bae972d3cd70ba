//! The place of each sample in one direction of the unit cube.

use super::permutation::Permutation;
use super::sobol::{BITS, Sobol, scrambled};
use super::{Method, Samples};
use crate::stream::{Stream, hash, mix};

/// One input's place in the unit cube, sample by sample.
#[derive(Debug, Clone)]
pub(crate) struct UnitDraw {
    samples: Samples,
    key: u64,
    stream: Stream,
    sobol: Option<Sobol>,
}

impl UnitDraw {
    /// Of the input `name`, the `dimension`th that is drawn.
    pub(crate) fn new(seed: u64, name: &str, dimension: usize, samples: Samples) -> Self {
        Self {
            samples,
            key: mix(mix(seed) ^ hash(name.as_bytes())),
            stream: Stream::new(seed, name),
            sobol: (samples.method == Method::Sobol).then(|| Sobol::new(dimension)),
        }
    }

    /// The place of a sample, numbered through all replicates: uniform in the open interval from 0 to 1.
    pub(crate) fn at(&self, sample: u64) -> f64 {
        let within = self.stream.of_sample(sample).unit();
        let (replicate, place) = (sample / self.samples.count, sample % self.samples.count);
        let key = mix(self.key ^ mix(replicate));
        let (cell, cells) = match (self.samples.method, &self.sobol) {
            (Method::LatinHypercube, _) => {
                let cell = Permutation::new(key, self.samples.count).at(place);
                (cell as f64, self.samples.count as f64)
            }
            (Method::Sobol, Some(sobol)) => (f64::from(scrambled(key, sobol.at(place as u32))), (1_u64 << BITS) as f64),
            _ => return within,
        };
        ((cell + within) / cells).min(1.0 - f64::EPSILON / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sample_falls_in_every_part_of_each_input() {
        for (method, count) in [(Method::LatinHypercube, 39), (Method::LatinHypercube, 1000), (Method::Sobol, 1024)] {
            let samples = Samples { method, count, replicates: 3 };
            for (dimension, name) in ["a", "b", "c"].iter().enumerate() {
                let draw = UnitDraw::new(11, name, dimension, samples);
                for replicate in 0..3 {
                    let mut seen = vec![0; count as usize];
                    for place in 0..count {
                        let unit = draw.at(replicate * count + place);
                        assert!(unit > 0.0 && unit < 1.0);
                        seen[(unit * count as f64) as usize] += 1;
                    }
                    assert!(seen.iter().all(|seen| *seen == 1), "{method:?} {name} {replicate}");
                }
            }
        }
    }

    /// The mean over replicates of x·y is 1/4 within five of its standard errors, so that inputs are independent.
    #[test]
    fn replicates_and_inputs_are_independent() {
        for (method, count) in [(Method::MonteCarlo, 64), (Method::LatinHypercube, 64), (Method::Sobol, 64)] {
            let samples = Samples { method, count, replicates: 400 };
            let draws = [UnitDraw::new(3, "x", 0, samples), UnitDraw::new(3, "y", 1, samples)];
            let mean = |replicate: u64| {
                let product = |sample| draws[0].at(sample) * draws[1].at(sample);
                (0..count).map(|place| product(replicate * count + place)).sum::<f64>() / count as f64
            };
            let means: Vec<f64> = (0..400).map(mean).collect();
            let centre = means.iter().sum::<f64>() / 400.0;
            let variance = means.iter().map(|mean| (mean - centre) * (mean - centre)).sum::<f64>() / 399.0;
            assert!((centre - 0.25).abs() < 5.0 * libm::sqrt(variance / 400.0), "{method:?}: {centre}");
            assert!(variance > 0.0, "replicates are not the same");
        }
    }

    /// Of the mean of x·y + x, a standard error of plain sampling is 0.045 at 64 samples; the spread over replicates of
    /// Latin hypercube and Sobol must be well below it (McKay et al. 1979; Owen 1997).
    #[test]
    fn stratification_reduces_the_variance() {
        let spread = |method| {
            let samples = Samples { method, count: 64, replicates: 200 };
            let draws = [UnitDraw::new(5, "x", 0, samples), UnitDraw::new(5, "y", 1, samples)];
            let value = |sample| draws[0].at(sample) * draws[1].at(sample) + draws[0].at(sample);
            let means: Vec<f64> = (0..200).map(|r| (0..64).map(|k| value(r * 64 + k)).sum::<f64>() / 64.0).collect();
            let centre = means.iter().sum::<f64>() / 200.0;
            libm::sqrt(means.iter().map(|mean| (mean - centre) * (mean - centre)).sum::<f64>() / 199.0)
        };
        let [plain, latin, sobol] = Method::ALL.map(spread);
        assert!(latin < 0.5 * plain && sobol < 0.25 * plain, "{plain} {latin} {sobol}");
    }
}
