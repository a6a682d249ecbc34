//! Why the network says so.
//!
//! [`trust`] asks whether a picture of attribution is about the network.

pub mod trust;
