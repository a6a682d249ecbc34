//! Why the network says so.
//!
//! [`trust`] asks whether a picture of attribution is about the network.

mod segments;
mod strength;
pub mod trust;

pub use segments::{LeadSegments, Segment, Share, Shares, segments};
pub use strength::strengths;
