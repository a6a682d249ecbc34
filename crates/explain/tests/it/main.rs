//! Trust checks, through the public boundary.

mod trust;
