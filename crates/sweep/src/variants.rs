//! The variants of a sweep by their number.

use microgrid_core::{Problem, Problems};

use crate::correlation::Copula;
use crate::sampling::UnitDraw;
use crate::{Input, Place, Sweep, Value};

/// A checked sweep: what the fields of each variant are set to, as a function of its number. It keeps nothing for a
/// sample, so that a billion of them cost no more memory than one.
#[derive(Debug, Clone)]
pub struct Variants {
    sweep: Sweep,
    inputs: Vec<Input>,
    relative: Vec<bool>,
    units: Vec<UnitDraw>,
    copula: Copula,
    points: u64,
}

impl Variants {
    /// Most variants of a sweep.
    const MOST: u64 = 1_000_000_000_000;

    /// Checks a sweep. Fields are not judged: only who knows the base can.
    ///
    /// # Errors
    /// All problems at once, under the paths that they have in `sweep.toml` (`axis[0].values`, `draw[1].distribution.mode`): empty
    /// axes, impossible parameters, correlations that cannot be, a field that is set twice, too many variants.
    pub fn new(sweep: &Sweep) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        for (i, axis) in sweep.axes.iter().enumerate() {
            axis.check(&format!("axis[{i}]"), &mut problems);
        }
        for (i, draw) in sweep.draws.iter().enumerate() {
            draw.distribution.check(&format!("draw[{i}].distribution"), &mut problems);
            if draw.fields.is_empty() {
                problems.push(Problem::new(format!("draw[{i}].fields"), "names no field"));
            }
            if draw.relative && !draw.distribution.is_number() {
                problems.push(Problem::new(format!("draw[{i}].relative"), "needs numbers"));
            }
        }
        check_fields(sweep, &mut problems);
        sweep.samples.check(sweep.draws.len(), &mut problems);
        if let Some(bootstrap) = &sweep.bootstrap {
            bootstrap.check("bootstrap", &mut problems);
        }
        if let Some(outages) = &sweep.outages {
            outages.check("outages", &mut problems);
        }
        let copula = Copula::new(&sweep.draws, &sweep.correlations, &mut problems);
        let points = sweep.axes.iter().try_fold(1_u64, |product, axis| product.checked_mul(axis.rows.len() as u64));
        let count = points.and_then(|points| {
            sweep.samples.count.checked_mul(u64::from(sweep.samples.replicates))?.checked_mul(points)
        });
        if count.is_none_or(|count| count > Self::MOST) {
            problems.push(Problem::new("axis", "make too many variants").allowed(format!("at most {}", Self::MOST)));
        }
        let draws = sweep.draws.iter().enumerate();
        let units = draws.map(|(i, draw)| UnitDraw::new(sweep.seed, draw.name(), i, sweep.samples)).collect();
        problems.or_else(|| Self {
            inputs: inputs(sweep),
            relative: relative(sweep),
            units,
            copula,
            points: points.unwrap_or(0),
            sweep: sweep.clone(),
        })
    }

    /// The description.
    #[must_use]
    pub fn sweep(&self) -> &Sweep {
        &self.sweep
    }

    /// Number of variants: samples × points.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.sweep.samples.total() * self.points
    }

    /// Number of points on the axes, at least 1.
    #[must_use]
    pub fn points(&self) -> u64 {
        self.points
    }

    /// The fields set: those of the axes in order, then those drawn.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Which inputs are factors on the base's own value.
    #[must_use]
    pub fn relative(&self) -> &[bool] {
        &self.relative
    }

    /// Where variant `index` stands.
    #[must_use]
    pub fn place(&self, index: u64) -> Place {
        let sample = index / self.points;
        Place { sample, replicate: (sample / self.sweep.samples.count) as u32, point: index % self.points }
    }

    /// Whether samples are independent of each other; else only replicates are.
    #[must_use]
    pub fn samples_are_independent(&self) -> bool {
        self.sweep.samples.method == crate::Method::MonteCarlo
    }

    /// What the inputs of variant `index` are set to.
    #[must_use]
    pub fn values(&self, index: u64) -> Vec<Value> {
        let place = self.place(index);
        let mut values = Vec::with_capacity(self.inputs.len());
        let mut within = self.points;
        let mut point = place.point;
        for axis in &self.sweep.axes {
            within /= axis.rows.len() as u64;
            values.extend(axis.rows[(point / within) as usize].iter().cloned());
            point %= within;
        }
        let mut units: Vec<f64> = self.units.iter().map(|unit| unit.at(place.sample)).collect();
        self.copula.correlate(&mut units);
        for (draw, unit) in self.sweep.draws.iter().zip(units) {
            let value = draw.distribution.quantile(unit);
            values.extend(draw.fields.iter().map(|_| value.clone()));
        }
        values
    }
}

fn inputs(sweep: &Sweep) -> Vec<Input> {
    let axes = sweep.axes.iter().flat_map(|axis| {
        let first = axis.rows.first();
        axis.fields.iter().enumerate().map(move |(column, field)| Input {
            field: field.clone(),
            is_number: first.is_some_and(|row| matches!(row.get(column), Some(Value::Number(_)))),
        })
    });
    let draws = sweep.draws.iter().flat_map(|draw| {
        let is_number = draw.distribution.is_number();
        draw.fields.iter().map(move |field| Input { field: field.clone(), is_number })
    });
    axes.chain(draws).collect()
}

fn relative(sweep: &Sweep) -> Vec<bool> {
    let axes = sweep.axes.iter().flat_map(|axis| axis.fields.iter().map(|_| axis.relative));
    let draws = sweep.draws.iter().flat_map(|draw| draw.fields.iter().map(|_| draw.relative));
    axes.chain(draws).collect()
}

/// Refuses fields that two axes or draws set, whole or in part.
fn check_fields(sweep: &Sweep, problems: &mut Problems) {
    let axes = sweep.axes.iter().enumerate().flat_map(|(i, axis)| {
        let key = if axis.fields.len() == 1 { "field" } else { "fields" };
        axis.fields.iter().map(move |field| (format!("axis[{i}].{key}"), field.as_str()))
    });
    let draws = sweep.draws.iter().enumerate().flat_map(|(i, draw)| {
        let key = if draw.fields.len() == 1 { "field" } else { "fields" };
        draw.fields.iter().map(move |field| (format!("draw[{i}].{key}"), field.as_str()))
    });
    let all: Vec<(String, &str)> = axes.chain(draws).collect();
    for (i, (path, field)) in all.iter().enumerate() {
        if let Some((other, _)) = all[..i].iter().find(|(_, known)| is_within(known, field) || is_within(field, known))
        {
            let problem = Problem::new(path, "sets a field that is set already").value(field);
            problems.push(problem.hint(format!("see {other}")));
        }
    }
}

/// Whether the path `field` is `outer` or stands within it.
fn is_within(field: &str, outer: &str) -> bool {
    field.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, Distribution, Method};

    fn uniform() -> Distribution {
        Distribution::Uniform { least: 0.0, most: 1.0 }
    }

    fn number(value: &Value) -> f64 {
        match value {
            Value::Number(number) => *number,
            Value::Text(text) => panic!("{text} is no number"),
        }
    }

    #[test]
    fn points_are_the_inner_order_and_the_last_axis_is_the_fastest() {
        let pair = |a: f64, b: &str| vec![Value::from(a), Value::from(b)];
        let sweep = Sweep::new(1)
            .axis(Axis::zip(["a", "b"], vec![pair(1.0, "x"), pair(2.0, "y")]))
            .axis(Axis::list("c", [10.0, 20.0, 30.0]))
            .draw("d", uniform())
            .samples(Method::MonteCarlo, 4)
            .replicates(2);
        let variants = Variants::new(&sweep).unwrap();
        assert_eq!((variants.count(), variants.points()), (48, 6));
        assert_eq!(variants.place(47), Place { sample: 7, replicate: 1, point: 5 });
        let texts = |index: u64| variants.values(index)[..3].iter().map(Value::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!([0, 1, 2, 3, 5, 6].map(texts), ["1 x 10", "1 x 20", "1 x 30", "2 y 10", "2 y 30", "1 x 10"]);
        // Common random numbers: a sample has the same draws at every point, and each sample others.
        assert!((0..6).all(|point| variants.values(point)[3] == variants.values(0)[3]));
        assert_ne!(variants.values(0)[3], variants.values(6)[3]);
    }

    #[test]
    fn a_draw_depends_on_no_other_draw_and_on_no_axis() {
        for method in Method::ALL {
            let alone = Sweep::new(5).draw("a", uniform()).samples(method, 64);
            let beside = alone.clone().draw("b", uniform()).axis(Axis::list("c", [1.0, 2.0]));
            let (alone, beside) = (Variants::new(&alone).unwrap(), Variants::new(&beside).unwrap());
            for sample in 0..64 {
                assert_eq!(alone.values(sample)[0], beside.values(2 * sample + 1)[1], "{method:?}");
            }
        }
        // But for Sobol, whose dimensions follow the order of declaration, one put before it changes nothing either.
        let behind = Sweep::new(5).draw("b", uniform()).draw("a", uniform());
        for method in [Method::MonteCarlo, Method::LatinHypercube] {
            let alone = Variants::new(&Sweep::new(5).draw("a", uniform()).samples(method, 64)).unwrap();
            let behind = Variants::new(&behind.clone().samples(method, 64)).unwrap();
            assert!((0..64).all(|sample| alone.values(sample)[0] == behind.values(sample)[1]), "{method:?}");
        }
    }

    /// Spearman's rank correlation of 4096 samples is the asked one within 0.03 (standard error 0.016 at 0), and 0 for the
    /// pair that is not asked for, whatever the distributions.
    #[test]
    fn the_asked_rank_correlation_is_reached() {
        for method in Method::ALL {
            let sweep = Sweep::new(17)
                .draw("a", Distribution::Lognormal { median: 3.0, log_deviation: 1.0 })
                .draw("b", Distribution::Weibull { scale: 2.0, shape: 0.8 })
                .draw("c", uniform())
                .correlate("a", "b", 0.7)
                .correlate("c", "b", -0.4)
                .samples(method, 4096);
            let variants = Variants::new(&sweep).unwrap();
            let columns: Vec<Vec<f64>> =
                (0..3).map(|column| (0..4096).map(|index| number(&variants.values(index)[column])).collect()).collect();
            for (a, b, asked) in [(0, 1, 0.7), (1, 2, -0.4), (0, 2, 0.0)] {
                let reached = spearman(&columns[a], &columns[b]);
                assert!((reached - asked).abs() < 0.03, "{method:?}: {reached} instead of {asked}");
            }
        }
    }

    fn spearman(a: &[f64], b: &[f64]) -> f64 {
        let ranks = |values: &[f64]| {
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by(|i, j| values[*i].total_cmp(&values[*j]));
            let mut ranks = vec![0.0; values.len()];
            order.into_iter().enumerate().for_each(|(rank, place)| ranks[place] = rank as f64);
            ranks
        };
        let (a, b, n) = (ranks(a), ranks(b), a.len() as f64);
        let squares: f64 = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum();
        1.0 - 6.0 * squares / (n * (n * n - 1.0))
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let sweep = Sweep::new(1)
            .axis(Axis::list("a", Vec::<f64>::new()))
            .axis(Axis::zip(["b", "demand.load[0].power_kw.file"], vec![vec![1.0.into()]]))
            .draw("b", Distribution::Uniform { least: 2.0, most: 1.0 })
            .draw("demand.load[0].power_kw", Distribution::Normal { mean: 0.0, deviation: -1.0 })
            .draw("e", Distribution::Triangular { least: 0.0, mode: 3.0, most: 1.0 })
            .correlate("b", "z", 0.1)
            .samples(Method::Sobol, 100);
        let text = Variants::new(&sweep).unwrap_err().to_string();
        for wanted in [
            "axis[0].values: is empty",
            "axis[1].rows[0]: has the wrong number of values; found 1; allowed: 2",
            "draw[0].distribution.most: is not above least",
            "draw[1].distribution.deviation: is out of range; found -1",
            "draw[2].distribution.mode: is out of range; found 3; allowed: 0 to 1",
            "draw[0].field: sets a field that is set already; found b; hint: see axis[1].fields",
            "draw[1].field: sets a field that is set already",
            "samples.count: is not a power of two, which Sobol's sequence needs to be balanced; found 100; hint: write 64 or 128",
            "correlation[0].fields: names a field that is not drawn; found z",
        ] {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
        assert_eq!(text.lines().count(), 9, "{text}");
    }

    #[test]
    fn fields_drawn_together_have_one_value() {
        let sweep = Sweep::new(5).draw_together(["a", "b"], uniform()).draw("c", uniform()).correlate("b", "c", 0.5);
        let variants = Variants::new(&sweep.samples(Method::MonteCarlo, 9)).unwrap();
        assert_eq!(variants.inputs().len(), 3);
        let alone = Variants::new(&Sweep::new(5).draw("a", uniform()).samples(Method::MonteCarlo, 9)).unwrap();
        for sample in 0..9 {
            let values = variants.values(sample);
            assert!(values[0] == values[1] && values[0] == alone.values(sample)[0] && values[2] != values[0]);
        }
    }

    #[test]
    fn a_huge_sweep_is_refused_or_costs_nothing() {
        let wide = |count| Sweep::new(1).draw("a", uniform()).samples(Method::LatinHypercube, count).replicates(10_000);
        assert!(Variants::new(&wide(1_000_000_000)).is_err());
        let variants = Variants::new(&wide(100_000_000)).unwrap();
        assert!(matches!(variants.values(999_999_999_999)[..], [Value::Number(unit)] if unit > 0.0 && unit < 1.0));
    }
}
