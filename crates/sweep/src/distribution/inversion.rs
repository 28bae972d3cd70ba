//! The value at which a rising function takes a given value.

/// The least number that counts beside others in a continued fraction.
pub(super) const SMALLEST: f64 = 1e-300;

/// The `x` between `low` and `high` that the share `p` of a distribution is below, given its shares below and above `x` and
/// its density: Newton's steps from `start`, halvings of the bracket where a step leaves it.
pub(super) fn invert(
    shares: impl Fn(f64) -> (f64, f64),
    density: impl Fn(f64) -> f64,
    p: f64,
    (mut low, mut high): (f64, f64),
    start: f64,
) -> f64 {
    let mut x = start.clamp(low, high);
    for _ in 0..200 {
        let (below, above) = shares(x);
        // By the smaller share, which has more digits.
        let excess = if p <= 0.5 { below - p } else { (1.0 - p) - above };
        if excess == 0.0 {
            return x;
        }
        if excess > 0.0 {
            high = x
        } else {
            low = x
        }
        let mut next = x - excess / density(x);
        if !(next > low && next < high) {
            next = 0.5 * (low + high);
        }
        if (next - x).abs() <= 1e-15 * x.abs() {
            return next;
        }
        x = next;
    }
    x
}
