//! The value at which a rising function takes a given value.

/// The least number that counts beside others in a continued fraction.
pub(super) const SMALLEST: f64 = 1e-300;

/// The `x` between `low` and `high` at which `rising` is `wanted`: Newton's steps by `slope` from `start`, halvings of the
/// bracket where a step leaves it. The same bits everywhere, as it uses nothing but the two functions.
pub(super) fn invert(
    rising: impl Fn(f64) -> f64,
    slope: impl Fn(f64) -> f64,
    wanted: f64,
    (mut low, mut high): (f64, f64),
    start: f64,
) -> f64 {
    let mut x = start.clamp(low, high);
    for _ in 0..200 {
        let excess = rising(x) - wanted;
        if excess == 0.0 {
            return x;
        }
        if excess > 0.0 {
            high = x
        } else {
            low = x
        }
        let mut next = x - excess / slope(x);
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
