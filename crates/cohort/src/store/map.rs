//! The memory-mapped windows.

use super::StoreError;
use memmap2::Mmap;
use std::path::Path;

/// A file of little-endian 32-bit floats, mapped read-only.
#[derive(Debug)]
pub(super) struct Floats {
    map: Mmap,
}

impl Floats {
    /// Maps a file that must hold exactly `count` floats.
    pub(super) fn open(path: &Path, count: usize) -> Result<Floats, StoreError> {
        if cfg!(target_endian = "big") {
            return Err(StoreError::Malformed {
                file: path.to_owned(),
                reason: "little-endian floats cannot be mapped on a big-endian machine".to_owned(),
            });
        }
        let file = fs_err::File::open(path)?;
        // SAFETY: the map is read-only and private to this value. A store is written aside and
        // renamed whole, and no part of this program changes a finished one; if another program cuts
        // the file short while it is mapped, the operating system ends the process on access, which is
        // the documented limit of any memory map.
        let map = unsafe { Mmap::map(file.file())? };
        match bytemuck::try_cast_slice::<u8, f32>(&map) {
            Ok(floats) if floats.len() == count => Ok(Floats { map }),
            _ => Err(StoreError::Mismatch {
                file: path.to_owned(),
                field: "bytes".to_owned(),
                expected: (count * size_of::<f32>()).to_string(),
                got: map.len().to_string(),
            }),
        }
    }

    pub(super) fn as_slice(&self) -> &[f32] {
        bytemuck::cast_slice(&self.map)
    }
}
