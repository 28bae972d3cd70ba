//! A function that is linear between its points.

use alloc::vec::Vec;

/// Points with rising `x`; below the first and above the last the function goes on as their neighbours say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Line {
    /// # Panics
    /// With fewer than two points, or not as many of both.
    pub(super) fn new(x: Vec<f64>, y: Vec<f64>) -> Self {
        assert!(x.len() == y.len() && x.len() >= 2, "two points or more");
        Self { x, y }
    }

    /// The value at `x`, on the straight line through the two points next to it.
    pub(super) fn at(&self, x: f64) -> f64 {
        let last = self.x.len() - 1;
        let mut right = 1;
        while right < last && self.x[right] <= x {
            right += 1;
        }
        let (x0, x1, y0, y1) = (self.x[right - 1], self.x[right], self.y[right - 1], self.y[right]);
        y0 + (y1 - y0) * ((x - x0) / (x1 - x0))
    }

    /// The value at `x`, and that of the nearest end beyond the ends.
    pub(super) fn held_at(&self, x: f64) -> f64 {
        let last = self.x.len() - 1;
        if x <= self.x[0] {
            self.y[0]
        } else if x >= self.x[last] {
            self.y[last]
        } else {
            self.at(x)
        }
    }

    /// The function that undoes this one, where values rise.
    pub(super) fn inverse(&self) -> Self {
        Self { x: self.y.clone(), y: self.x.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_points_it_is_straight_and_its_inverse_undoes_it() {
        let line = Line::new(alloc::vec![0.0, 2.0, 4.0], alloc::vec![0.0, 1.0, 5.0]);
        assert_eq!([-1.0, 0.0, 1.0, 2.0, 3.0, 5.0].map(|x| line.at(x)), [-0.5, 0.0, 0.5, 1.0, 3.0, 7.0]);
        assert_eq!([-1.0, 5.0].map(|x| line.held_at(x)), [0.0, 5.0]);
        for x in [0.3, 1.9, 2.0, 3.7, 6.0] {
            assert!((line.inverse().at(line.at(x)) - x).abs() < 1e-12);
        }
    }
}
