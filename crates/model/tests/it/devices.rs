//! Which devices a suite runs on.

use burn::tensor::Device;
use coronet_model::DeviceChoice;
use std::io::Write;

/// The devices to test by name: those that `CORONET_DEVICES` lists, which must be there, else
/// those built in, of which one that the machine does not have is said to be skipped.
pub(crate) fn devices() -> Vec<(DeviceChoice, Device)> {
    if let Ok(list) = std::env::var("CORONET_DEVICES") {
        let choices = list.split(',').map(str::parse::<DeviceChoice>);
        let open = |choice: DeviceChoice| choice.open().map(|device| (choice, device));
        return choices
            .map(|choice| {
                choice
                    .and_then(open)
                    .unwrap_or_else(|error| panic!("{error}"))
            })
            .collect();
    }
    let built_in = DeviceChoice::ALL.into_iter();
    let built_in = built_in.filter(|choice| choice.is_built_in());
    let opened = built_in.filter_map(|choice| match choice.open() {
        Ok(device) => Some((choice, device)),
        Err(error) => {
            // Not by a macro: the test runner would keep that to itself.
            let _ = writeln!(std::io::stderr(), "SKIPPED: {error}");
            None
        }
    });
    opened.collect()
}
