//! Training against expected steps, and runs that are interrupted.

mod golden;
mod resume;
mod rules;

#[path = "../../../model/tests/it/devices.rs"]
mod devices;

use devices::devices;
