//! Complex numbers for filter design, rounded as NumPy rounds them.

/// A complex number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

impl Complex {
    pub(super) const ZERO: Complex = Complex { re: 0.0, im: 0.0 };
    pub(super) const ONE: Complex = Complex { re: 1.0, im: 0.0 };

    pub(super) fn add(self, other: Complex) -> Complex {
        Complex {
            re: self.re + other.re,
            im: self.im + other.im,
        }
    }

    pub(super) fn sub(self, other: Complex) -> Complex {
        Complex {
            re: self.re - other.re,
            im: self.im - other.im,
        }
    }

    pub(super) fn mul(self, other: Complex) -> Complex {
        Complex {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }

    /// The square with fused operations, as NumPy's vector loop.
    pub(super) fn square(self) -> Complex {
        Complex {
            re: self.re.mul_add(self.re, -(self.im * self.im)),
            im: self.re.mul_add(self.im, self.im * self.re),
        }
    }

    /// `self + one · two` in the order of a dot product of two pairs.
    pub(super) fn plus_product(self, one: Complex, two: Complex) -> Complex {
        Complex {
            re: (one.re * two.re + self.re) - one.im * two.im,
            im: one.re * two.im + (one.im * two.re + self.im),
        }
    }

    /// Quotient by Smith's method (1962).
    pub(super) fn div(self, other: Complex) -> Complex {
        if other.re.abs() >= other.im.abs() {
            let ratio = other.im / other.re;
            let scale = 1.0 / (other.re + other.im * ratio);
            Complex {
                re: (self.re + self.im * ratio) * scale,
                im: (self.im - self.re * ratio) * scale,
            }
        } else {
            let ratio = other.re / other.im;
            let scale = 1.0 / (other.im + other.re * ratio);
            Complex {
                re: (self.re * ratio + self.im) * scale,
                im: (self.im * ratio - self.re) * scale,
            }
        }
    }

    pub(super) fn scale(self, factor: f64) -> Complex {
        Complex {
            re: self.re * factor,
            im: self.im * factor,
        }
    }

    /// Principal square root.
    pub(super) fn sqrt(self) -> Complex {
        let size = self.re.hypot(self.im);
        if size == 0.0 {
            return Complex::ZERO;
        }
        if self.re > 0.0 {
            let re = (0.5 * (size + self.re)).sqrt();
            Complex {
                re,
                im: 0.5 * (self.im / re),
            }
        } else {
            let im = (0.5 * (size - self.re)).sqrt();
            Complex {
                re: (0.5 * (self.im / im)).abs(),
                im: im.copysign(self.im),
            }
        }
    }
}
