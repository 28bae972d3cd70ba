//! Distributions against figures of SciPy 1.17.1 (`ppf` and `stats` of `scipy.stats`), and what is drawn of them against
//! their moments and by the test of Kolmogorov and Smirnov, with fixed seeds.

use microgrid_sweep::Distribution::{
    self, Beta, Choice, Constant, Exponential, Gamma, Integers, Lognormal, Normal, Pert, Triangular, TruncatedNormal,
    Uniform, Weibull,
};
use microgrid_sweep::{Method, Sweep, Value, Variants};

/// Shares at which the quantiles below stand.
const SHARES: [f64; 9] = [1e-6, 0.001, 0.05, 0.3, 0.5, 0.77, 0.95, 0.999, 1.0 - 1e-6];

#[rustfmt::skip]
const QUANTILES: [(Distribution, [f64; 9]); 16] = [
        (Normal { mean: 3.0, deviation: 2.0 }, [-6.506848617645797, -3.1804646123356264, -0.2897072539029457, 1.9511989745839182, 3.0, 4.477693698370428, 6.289707253902945, 9.180464612335626, 12.506848617634175]),
        (TruncatedNormal { mean: 3.0, deviation: 2.0, least: 2.0, most: 8.0 }, [2.0000038927574533, 2.0038908688329142, 2.1903342367453953, 3.070768747177677, 3.7769295234294527, 4.9577748070881285, 6.4904626539764205, 7.925383769847919, 7.99992181565897]),
        (TruncatedNormal { mean: 0.0, deviation: 1.0, least: 4.0, most: 9.0 }, [4.000000236652495, 4.000236764464563, 4.012122103127511, 4.0836188332587, 4.16110427859788, 4.335109305212933, 4.659672803054381, 5.4090993558377445, 6.535629646446187]),
        (TruncatedNormal { mean: 0.0, deviation: 1.0, least: -9.0, most: -4.0 }, [-6.535629646450491, -5.4090993558377445, -4.659672803054381, -4.276297260340445, -4.16110427859788, -4.061426796103008, -4.012122103127511, -4.000236764464563, -4.000000236652495]),
        (Lognormal { median: 5.0, log_deviation: 0.7 }, [0.17943197652485626, 0.5748048414998025, 1.5809728312871443, 3.463769869316512, 5.0, 8.386562368209358, 15.813048463107561, 43.49302266621321, 139.32856608997514]),
        (Triangular { least: 1.0, mode: 2.0, most: 6.0 }, [1.0022360679774998, 1.0707106781186548, 1.5, 2.258342613226059, 2.8377223398316205, 3.8552389410472783, 5.0, 5.858578643762691, 5.995527864044936]),
        (Beta { alpha: 2.0, beta: 3.5, least: -1.0, most: 4.0 }, [-0.9982177289997878, -0.9431180210243291, -0.571362528925524, 0.21089232928176527, 0.7304302512393512, 1.5476193211153357, 2.5094488321790984, 3.5382096857542304, 3.9370096564046513]),
        (Beta { alpha: 0.3, beta: 0.6, least: 0.0, most: 1.0 }, [2.1077254131022048e-20, 2.107725412965514e-10, 9.705868643169003e-05, 0.03765181605906191, 0.19596783577296525, 0.6645591450478514, 0.9691463968503092, 0.9999539091287316, 0.999999999539082]),
        (Beta { alpha: 800.0, beta: 150.0, least: 0.0, most: 1.0 }, [0.7809495878224177, 0.8035709338367474, 0.8222534524666577, 0.8360784553334718, 0.8423453850843305, 0.8509503882623854, 0.8611378609412881, 0.8765444510431228, 0.8929657296759708]),
        (Pert { least: 2.0, mode: 3.0, most: 7.0 }, [2.0006753594963445, 2.031569870839235, 2.2948869380590864, 2.9295812448711636, 3.3833612969625944, 4.1402930631759745, 5.106383620080951, 6.2877578436933925, 6.865088674671874]),
        (Exponential { mean: 4.0 }, [4.0000020000013335e-06, 0.004002001334334134, 0.20517317755020215, 1.4266997757549298, 2.772588722239781, 5.878703880235767, 11.98292909421596, 27.631021115928544, 55.26204223174207]),
        (Weibull { scale: 6.0, shape: 2.1 }, [0.008336974951233455, 0.22370890310437413, 1.4584595547256884, 3.6723809625317134, 5.039110140379496, 7.207432446225785, 10.117132550786401, 15.060365405315526, 20.94995652859295]),
        (Weibull { scale: 6.0, shape: 0.5 }, [6.000006000005501e-12, 6.00600550500457e-06, 0.01578601229476754, 0.7633020938021877, 2.882718083509208, 12.959684741812147, 53.84647112887775, 286.30249796583337, 1145.2099918585666]),
        (Gamma { shape: 2.5, scale: 3.0 }, [0.01934424030974563, 0.3153189039438288, 1.7182143390926539, 4.49986219913986, 6.52719028664329, 10.314523887602348, 16.605746540274527, 30.772508478649307, 53.83228031941563]),
        (Gamma { shape: 0.2, scale: 1.0 }, [6.525480843457301e-31, 6.525480843457226e-16, 2.0392131101128526e-07, 0.0015877907243441144, 0.02074633919282486, 0.20880000496044077, 1.0305257996426673, 4.101964324738666, 10.352781918306054]),
        (Gamma { shape: 900.0, scale: 0.1 }, [76.4524638535806, 81.0135127513385, 85.12294115070718, 88.40296011350678, 89.96666886234445, 92.20096369457286, 94.99075491220798, 99.55636726649654, 104.98674645453355]),
];

/// Mean, variance and excess kurtosis.
#[rustfmt::skip]
const MOMENTS: [(Distribution, f64, f64, f64); 11] = [
        (Uniform { least: -2.0, most: 5.0 }, 1.5, 4.083333333333333, -1.2),
        (Normal { mean: 3.0, deviation: 2.0 }, 3.0, 4.0, 0.0),
        (TruncatedNormal { mean: 3.0, deviation: 2.0, least: 2.0, most: 8.0 }, 3.976390109602709, 1.7633204052284546, -0.2773814238313186),
        (Lognormal { median: 5.0, log_deviation: 0.5 }, 5.665742265334131, 9.117396350309663, 5.898445673784778),
        (Triangular { least: 1.0, mode: 2.0, most: 6.0 }, 3.0, 1.1666666666666667, -0.6),
        (Beta { alpha: 2.0, beta: 3.5, least: -1.0, most: 4.0 }, 0.8181818181818183, 0.8900190718372537, -0.5092436974789916),
        (Pert { least: 2.0, mode: 3.0, most: 7.0 }, 3.5, 0.7500000000000001, -0.22222222222222215),
        (Exponential { mean: 4.0 }, 4.0, 16.0, 6.0),
        (Weibull { scale: 6.0, shape: 2.1 }, 5.3141616835432055, 7.068228713827789, 0.13230172903416815),
        (Gamma { shape: 2.5, scale: 3.0 }, 7.5, 22.5, 2.4),
        (Integers { least: -3, most: 6 }, 1.5, 8.25, -1.2242424242424241),
];

fn number(value: &Value) -> f64 {
    value.number().expect("the distribution is one of numbers")
}

fn drawn(distribution: &Distribution, method: Method, count: u64) -> Vec<f64> {
    let sweep = Sweep::new(2026).draw("x", distribution.clone()).samples(method, count);
    let variants = Variants::new(&sweep).unwrap_or_else(|problems| panic!("{problems}"));
    (0..count).map(|index| number(&variants.values(index)[0])).collect()
}

/// The greatest relative difference is 1e-12, where SciPy's own quantiles are that good; those of the window far out in a
/// tail, which SciPy finds by subtraction of logarithms, agree to 1e-9.
#[test]
fn quantiles_are_scipys() {
    for (distribution, quantiles) in &QUANTILES {
        let is_tail = matches!(distribution, TruncatedNormal { mean, .. } if *mean == 0.0);
        for (share, wanted) in SHARES.iter().zip(quantiles) {
            let found = number(&distribution.quantile(*share));
            let tolerance = if is_tail { 1e-9 } else { 1e-12 };
            assert!((found / wanted - 1.0).abs() < tolerance, "{distribution:?} {share}: {found} instead of {wanted}");
        }
    }
}

#[test]
fn what_is_simple_is_exact() {
    let at = |distribution: &Distribution, share| distribution.quantile(share);
    assert_eq!(at(&Uniform { least: -2.0, most: 6.0 }, 0.25), Value::Number(0.0));
    assert_eq!(at(&Constant { value: 4.5 }, 0.9), Value::Number(4.5));
    let die = Integers { least: 1, most: 6 };
    let faces: Vec<f64> = (0..12).map(|i| number(&at(&die, (f64::from(i) + 0.5) / 12.0))).collect();
    assert_eq!(faces, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 5.0, 5.0, 6.0, 6.0]);
    let texts =
        |weights: &[f64]| Choice { values: ["a", "b", "c", "d"].map(Value::from).into(), weights: weights.into() };
    let chosen = |choice: &Distribution| -> String {
        (0..8).map(|i| at(choice, (f64::from(i) + 0.5) / 8.0).text().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(chosen(&texts(&[])), "aabbccdd");
    assert_eq!(chosen(&texts(&[0.0, 3.0, 1.0, 0.0])), "bbbbbbcc");
    assert_eq!(at(&texts(&[1.0, 0.0, 0.0, 0.0]), 1.0 - 1e-16), "a".into());
}

/// Mean and variance of 20 000 samples lie within five of their standard errors, √(σ²/n) and √((κ + 2)σ⁴/n).
#[test]
fn samples_have_the_moments_of_their_distribution() {
    let n = 20_000;
    for (distribution, mean, variance, kurtosis) in &MOMENTS {
        let values = drawn(distribution, Method::MonteCarlo, n);
        let n = n as f64;
        let found = values.iter().sum::<f64>() / n;
        let spread = values.iter().map(|value| (value - found) * (value - found)).sum::<f64>() / (n - 1.0);
        assert!((found - mean).abs() < 5.0 * (variance / n).sqrt(), "{distribution:?}: mean {found}");
        let error = variance * ((kurtosis + 2.0) / n).sqrt();
        assert!((spread - variance).abs() < 5.0 * error, "{distribution:?}: variance {spread}");
    }
}

/// The distance of 5000 samples from the distribution function stays below 1.95/√n, which one of a thousand seeds exceeds;
/// the same samples are far from the distribution moved by a tenth of its deviation, so that the test has power.
#[test]
fn samples_pass_the_test_of_kolmogorov_and_smirnov() {
    let n = 5000;
    for (distribution, _, variance, _) in MOMENTS.iter().filter(|row| !matches!(row.0, Integers { .. })) {
        let mut values = drawn(distribution, Method::MonteCarlo, n);
        values.sort_by(f64::total_cmp);
        let limit = 1.95 / (n as f64).sqrt();
        let far = |shift: f64| distance(&values, |x| probability_below(distribution, x + shift));
        assert!(far(0.0) < limit, "{distribution:?}: {}", far(0.0));
        assert!(far(0.1 * variance.sqrt()) > limit, "{distribution:?}: {}", far(0.1 * variance.sqrt()));
    }
}

fn distance(sorted: &[f64], below: impl Fn(f64) -> f64) -> f64 {
    let n = sorted.len() as f64;
    let gap = |(i, x): (usize, &f64)| {
        let p = below(*x);
        (p - i as f64 / n).abs().max((p - (i + 1) as f64 / n).abs())
    };
    sorted.iter().enumerate().map(gap).fold(0.0, f64::max)
}

/// The distribution function, by another way than the quantiles: closed forms, and sums of densities by Simpson's rule.
fn probability_below(distribution: &Distribution, x: f64) -> f64 {
    let normal = |z: f64| 0.5 * libm::erfc(-z / 2.0_f64.sqrt());
    match *distribution {
        Uniform { least, most } => ((x - least) / (most - least)).clamp(0.0, 1.0),
        Normal { mean, deviation } => normal((x - mean) / deviation),
        TruncatedNormal { mean, deviation, least, most } => {
            let below = |x: f64| normal((x - mean) / deviation);
            (below(x.clamp(least, most)) - below(least)) / (below(most) - below(least))
        }
        Lognormal { median, log_deviation } if x > 0.0 => normal((x / median).ln() / log_deviation),
        Triangular { least, mode, most } => {
            let x = x.clamp(least, most);
            if x < mode {
                (x - least).powi(2) / ((most - least) * (mode - least))
            } else {
                1.0 - (most - x).powi(2) / ((most - least) * (most - mode))
            }
        }
        Exponential { mean } if x > 0.0 => 1.0 - (-x / mean).exp(),
        Weibull { scale, shape } if x > 0.0 => 1.0 - (-(x / scale).powf(shape)).exp(),
        Beta { alpha, beta, least, most } => beta_below(alpha, beta, (x - least) / (most - least)),
        Pert { least, mode, most } => {
            let at = (mode - least) / (most - least);
            beta_below(1.0 + 4.0 * at, 5.0 - 4.0 * at, (x - least) / (most - least))
        }
        Gamma { shape, scale } if x > 0.0 => {
            simpson(|t| t.powf(shape - 1.0) * (-t).exp(), x / scale) / libm::tgamma(shape)
        }
        _ => 0.0,
    }
}

fn beta_below(a: f64, b: f64, x: f64) -> f64 {
    let density = |t: f64| t.powf(a - 1.0) * (1.0 - t).powf(b - 1.0);
    simpson(density, x.clamp(0.0, 1.0)) * libm::tgamma(a + b) / (libm::tgamma(a) * libm::tgamma(b))
}

fn simpson(density: impl Fn(f64) -> f64, end: f64) -> f64 {
    let width = end / 400.0;
    let weight = |i: u32| if i == 0 || i == 400 { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
    (0..=400).map(|i| weight(i) * density(f64::from(i) * width)).sum::<f64>() * width / 3.0
}

/// Stratified samples of every distribution: each of n samples lies between two neighbouring n-quantiles of its own.
#[test]
fn stratified_samples_fill_every_quantile() {
    for method in [Method::LatinHypercube, Method::Sobol] {
        for (distribution, ..) in MOMENTS.iter().filter(|row| !matches!(row.0, Integers { .. })) {
            let mut values = drawn(distribution, method, 64);
            values.sort_by(f64::total_cmp);
            for (i, value) in values.iter().enumerate().take(63) {
                let border = number(&distribution.quantile((i + 1) as f64 / 64.0));
                assert!(*value <= border && border <= values[i + 1], "{method:?} {distribution:?} {i}");
            }
        }
    }
}
