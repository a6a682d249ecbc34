//! The devices of this build.

use super::{DeviceChoice, DeviceError};
use burn::tensor::Device;
#[cfg(any(feature = "cuda", feature = "rocm"))]
use burn::tensor::DeviceType;
#[cfg(feature = "wgpu")]
use burn::tensor::wgpu::{WgpuBackend, WgpuInitError};

/// The device, or why it cannot be had; `None` where this build knows no such device.
pub(super) fn open(choice: DeviceChoice) -> Option<Result<Device, DeviceError>> {
    match choice {
        DeviceChoice::Cpu => Some(Ok(Device::flex())),
        #[cfg(feature = "wgpu")]
        DeviceChoice::Wgpu => Some(graphics(choice, WgpuBackend::Auto, Device::wgpu)),
        #[cfg(feature = "vulkan")]
        DeviceChoice::Vulkan => Some(graphics(choice, WgpuBackend::Vulkan, Device::vulkan)),
        #[cfg(feature = "metal")]
        DeviceChoice::Metal => Some(graphics(choice, WgpuBackend::Metal, Device::metal)),
        #[cfg(feature = "cuda")]
        DeviceChoice::Cuda(number) => Some(numbered(choice, DeviceType::Cuda, number)),
        #[cfg(feature = "rocm")]
        DeviceChoice::Rocm(number) => Some(numbered(choice, DeviceType::Rocm, number)),
        #[cfg(not(all(
            feature = "wgpu",
            feature = "vulkan",
            feature = "metal",
            feature = "cuda",
            feature = "rocm"
        )))]
        _ => None,
    }
}

/// What the driver calls the part behind a device.
#[cfg(any(feature = "wgpu", feature = "cuda", feature = "rocm"))]
pub(super) fn part(device: &Device) -> Option<String> {
    device.identity().map(|identity| identity.name)
}

/// What the driver calls the part behind a device; the CPU has no driver.
#[cfg(not(any(feature = "wgpu", feature = "cuda", feature = "rocm")))]
pub(super) fn part(_device: &Device) -> Option<String> {
    None
}

/// The GPU that a graphics interface prefers. `opened` names it when it was opened before.
#[cfg(feature = "wgpu")]
fn graphics(
    choice: DeviceChoice,
    interface: WgpuBackend,
    opened: fn(burn::tensor::DeviceKind) -> Device,
) -> Result<Device, DeviceError> {
    let options = Device::wgpu_options().graphics_api(interface);
    match options.init() {
        Ok(device) => Ok(device),
        // An interface is set up once in a process.
        Err(WgpuInitError::Registration { .. }) => Ok(opened(Default::default())),
        Err(WgpuInitError::AdapterUnavailable { message, .. }) => {
            Err(DeviceError::Absent(choice, message))
        }
        Err(error) => Err(DeviceError::Refused(choice, error.to_string())),
    }
}

/// The GPU of a number among those that a driver counts.
#[cfg(any(feature = "cuda", feature = "rocm"))]
fn numbered(choice: DeviceChoice, kind: DeviceType, number: usize) -> Result<Device, DeviceError> {
    let devices = Device::enumerate(kind).into_vec();
    let count = devices.len();
    devices
        .into_iter()
        .nth(number)
        .ok_or_else(|| DeviceError::Absent(choice, format!("its driver shows {count} devices")))
}
