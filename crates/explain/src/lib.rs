//! Why the network says so.
//!
//! [`trust`] asks whether a picture of attribution is about the network.

mod strength;
pub mod trust;

pub use strength::strengths;
