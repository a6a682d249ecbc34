//! Devices by name, and what is said of those that cannot be had.

use coronet_model::{DeviceChoice, DeviceError};

#[test]
fn names_are_read_as_they_are_written() {
    for choice in DeviceChoice::ALL.into_iter().chain([DeviceChoice::Cuda(3)]) {
        assert_eq!(choice.to_string().parse(), Ok(choice));
    }
    assert_eq!("cuda".parse(), Ok(DeviceChoice::Cuda(0)));
    assert_eq!("rocm:12".parse(), Ok(DeviceChoice::Rocm(12)));
}

#[test]
fn anything_else_is_no_device() {
    let words = [
        "",
        "CPU",
        "gpu",
        "cpu:0",
        "vulkan:1",
        "cuda:",
        "cuda:+1",
        "cuda:-1",
        "cuda:x",
        "cuda:1:2",
        "cuda:99999999999999999999999",
    ];
    for word in words {
        let error = word.parse::<DeviceChoice>().expect_err(word);
        assert_eq!(error, DeviceError::Unknown(word.to_owned()));
        assert_eq!(
            error.to_string(),
            format!("device: expected cpu, wgpu, vulkan, metal, cuda:N or rocm:N, got `{word}`")
        );
    }
}

#[test]
fn a_device_that_was_not_built_in_says_how_to_build_it() {
    assert!(DeviceChoice::Cpu.is_built_in());
    for choice in DeviceChoice::ALL {
        if choice.is_built_in() {
            continue;
        }
        let error = choice.open().expect_err("not built in");
        assert_eq!(error, DeviceError::NotBuilt(choice));
        let name = choice.name();
        assert_eq!(
            error.to_string(),
            format!("device {choice}: this build has no `{name}`; build with --features {name}")
        );
    }
}

#[test]
fn a_number_beyond_the_last_device_is_not_found() {
    for choice in [DeviceChoice::Cuda(4000), DeviceChoice::Rocm(4000)] {
        let error = choice.open().expect_err("no machine has so many");
        let text = error.to_string();
        match error {
            DeviceError::Absent(asked, _) => {
                assert_eq!(asked, choice);
                assert!(text.starts_with(&format!("device {choice}: not found on this machine")));
            }
            other => assert_eq!(other, DeviceError::NotBuilt(choice)),
        }
    }
}

#[test]
fn a_device_can_be_opened_again() {
    for choice in DeviceChoice::ALL {
        if let Ok(device) = choice.open() {
            let again = choice.open().expect("it was there");
            assert_eq!(again, device);
            assert!(choice.describe(&device).starts_with(&choice.to_string()));
        }
    }
}
