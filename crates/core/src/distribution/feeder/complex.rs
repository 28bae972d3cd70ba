//! A complex number, as far as compiling and reporting a network needs one. The sweeps keep real and imaginary parts apart.

use core::ops::{Add, Div, Mul, Neg, Sub};

/// re + j·im.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::distribution) struct Complex {
    pub(in crate::distribution) re: f64,
    pub(in crate::distribution) im: f64,
}

impl Complex {
    pub(in crate::distribution) const ZERO: Self = Self::new(0.0, 0.0);
    pub(in crate::distribution) const ONE: Self = Self::new(1.0, 0.0);

    pub(in crate::distribution) const fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }

    /// e^{jφ} for an angle in degrees.
    pub(in crate::distribution) fn turn(degrees: f64) -> Self {
        let angle = degrees.to_radians();
        Self::new(libm::cos(angle), libm::sin(angle))
    }

    pub(in crate::distribution) fn conj(self) -> Self {
        Self::new(self.re, -self.im)
    }

    pub(in crate::distribution) fn scale(self, factor: f64) -> Self {
        Self::new(self.re * factor, self.im * factor)
    }

    pub(in crate::distribution) fn norm_squared(self) -> f64 {
        self.re * self.re + self.im * self.im
    }

    pub(in crate::distribution) fn norm(self) -> f64 {
        libm::hypot(self.re, self.im)
    }

    pub(in crate::distribution) fn degrees(self) -> f64 {
        libm::atan2(self.im, self.re).to_degrees()
    }

    pub(in crate::distribution) fn reciprocal(self) -> Self {
        Self::ONE / self
    }
}

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.re + other.re, self.im + other.im)
    }
}

impl Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.re - other.re, self.im - other.im)
    }
}

impl Neg for Complex {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.re, -self.im)
    }
}

impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)
    }
}

impl Div for Complex {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        (self * other.conj()).scale(1.0 / other.norm_squared())
    }
}
