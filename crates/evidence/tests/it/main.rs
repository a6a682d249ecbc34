//! Everything of the crate through its public face.

#![expect(clippy::unwrap_used, reason = "tests")]

mod bands;
mod clusters;
mod drivers;
mod features;
mod made;
mod matching;
mod shares;
