//! Where a network computes, as asked for by name.

mod built_in;

use burn::tensor::Device;
use std::fmt;
use std::str::FromStr;

/// A device by name: `cpu`, `wgpu`, `vulkan`, `metal`, `cuda:N` or `rocm:N`.
///
/// Every device but `cpu` is a Cargo feature of the same name; names are read in every build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The CPU, on kernels of our own.
    #[default]
    Cpu,
    /// Whatever graphics interface reaches a GPU of the machine.
    Wgpu,
    /// The first GPU that Vulkan reaches.
    Vulkan,
    /// The first GPU that Metal reaches.
    Metal,
    /// The NVIDIA GPU of this number.
    Cuda(usize),
    /// The AMD GPU of this number.
    Rocm(usize),
}

/// Why there is no such device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// A name that no device has.
    #[error("device: expected cpu, wgpu, vulkan, metal, cuda:N or rocm:N, got `{0}`")]
    Unknown(String),
    /// The program was built without it.
    #[error("device {0}: this build has no `{name}`; build with --features {name}", name = .0.name())]
    NotBuilt(DeviceChoice),
    /// The machine does not have it, or no driver that shows it.
    #[error("device {0}: not found on this machine: {1}")]
    Absent(DeviceChoice, String),
    /// The machine has it, but its driver does not let it be used.
    #[error("device {0}: cannot be used: {1}")]
    Refused(DeviceChoice, String),
}

impl DeviceChoice {
    /// Every kind of device, those with numbers by their first.
    pub const ALL: [DeviceChoice; 6] = [
        DeviceChoice::Cpu,
        DeviceChoice::Wgpu,
        DeviceChoice::Vulkan,
        DeviceChoice::Metal,
        DeviceChoice::Cuda(0),
        DeviceChoice::Rocm(0),
    ];

    /// The kind of device, which is also the name of its feature.
    pub fn name(self) -> &'static str {
        match self {
            DeviceChoice::Cpu => "cpu",
            DeviceChoice::Wgpu => "wgpu",
            DeviceChoice::Vulkan => "vulkan",
            DeviceChoice::Metal => "metal",
            DeviceChoice::Cuda(_) => "cuda",
            DeviceChoice::Rocm(_) => "rocm",
        }
    }

    /// Whether this build can compute there, should the machine have it.
    pub fn is_built_in(self) -> bool {
        match self {
            DeviceChoice::Cpu => true,
            DeviceChoice::Wgpu => cfg!(feature = "wgpu"),
            DeviceChoice::Vulkan => cfg!(feature = "vulkan"),
            DeviceChoice::Metal => cfg!(feature = "metal"),
            DeviceChoice::Cuda(_) => cfg!(feature = "cuda"),
            DeviceChoice::Rocm(_) => cfg!(feature = "rocm"),
        }
    }

    /// The device, ready to be used.
    ///
    /// # Errors
    ///
    /// If it was not built in, the machine does not have it, or its driver refuses.
    pub fn open(self) -> Result<Device, DeviceError> {
        built_in::open(self).unwrap_or(Err(DeviceError::NotBuilt(self)))
    }

    /// The name with the part that an opened device turned out to be, `vulkan (GeForce …)`.
    pub fn describe(self, device: &Device) -> String {
        match built_in::part(device) {
            Some(part) => format!("{self} ({part})"),
            None => self.to_string(),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())?;
        match self {
            DeviceChoice::Cuda(number) | DeviceChoice::Rocm(number) => {
                write!(formatter, ":{number}")
            }
            _ => Ok(()),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    /// Reads a name; `cuda` and `rocm` alone are the first of their kind.
    fn from_str(text: &str) -> Result<DeviceChoice, DeviceError> {
        let (name, number) = match text.split_once(':') {
            None => (text, None),
            Some((name, number)) => (name, Some(read_number(number).ok_or(text))),
        };
        let number = number.transpose();
        match (name, number) {
            ("cpu", Ok(None)) => Ok(DeviceChoice::Cpu),
            ("wgpu", Ok(None)) => Ok(DeviceChoice::Wgpu),
            ("vulkan", Ok(None)) => Ok(DeviceChoice::Vulkan),
            ("metal", Ok(None)) => Ok(DeviceChoice::Metal),
            ("cuda", Ok(number)) => Ok(DeviceChoice::Cuda(number.unwrap_or(0))),
            ("rocm", Ok(number)) => Ok(DeviceChoice::Rocm(number.unwrap_or(0))),
            _ => Err(DeviceError::Unknown(text.to_owned())),
        }
    }
}

/// Digits alone; the sign that Rust would read is no number of a device.
fn read_number(text: &str) -> Option<usize> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
