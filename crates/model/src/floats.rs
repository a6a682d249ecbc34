//! Numbers of a tensor, where they lie.

use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

/// A whole file. Mapped where that leaves others free to replace the file meanwhile.
#[cfg(unix)]
pub(crate) type FileBytes = memmap2::Mmap;
#[cfg(not(unix))]
pub(crate) type FileBytes = Vec<u8>;

/// Single-precision numbers: their own, or lent by the file they were read from.
///
/// A slice for all who read. A clone of lent numbers copies none of them; who changes lent
/// numbers changes a copy.
#[derive(Clone, Debug)]
pub struct Floats(Place);

#[derive(Clone, Debug)]
enum Place {
    Own(Vec<f32>),
    Lent {
        file: Arc<FileBytes>,
        bytes: Range<usize>,
    },
}

impl Floats {
    /// Numbers that lie at `bytes` of a file as this machine reads them; `None` where they do
    /// not: of the other order of bytes, between two places for a number, or not in the file.
    pub(crate) fn lent(file: &Arc<FileBytes>, bytes: Range<usize>) -> Option<Floats> {
        let found: &[u8] = file.get(bytes.clone())?;
        let readable =
            cfg!(target_endian = "little") && bytemuck::try_cast_slice::<u8, f32>(found).is_ok();
        let file = Arc::clone(file);
        readable.then_some(Floats(Place::Lent { file, bytes }))
    }

    /// The numbers as a vector; copies lent ones.
    pub fn into_vec(self) -> Vec<f32> {
        match self.0 {
            Place::Own(values) => values,
            Place::Lent { .. } => self.to_vec(),
        }
    }
}

impl Deref for Floats {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &self.0 {
            Place::Own(values) => values,
            Place::Lent { file, bytes } => bytemuck::cast_slice(&file[bytes.clone()]),
        }
    }
}

impl DerefMut for Floats {
    fn deref_mut(&mut self) -> &mut [f32] {
        if let Place::Lent { .. } = self.0 {
            self.0 = Place::Own(self.to_vec());
        }
        match &mut self.0 {
            Place::Own(values) => values,
            Place::Lent { .. } => unreachable!("lent numbers were copied, this is a bug"),
        }
    }
}

impl PartialEq for Floats {
    fn eq(&self, other: &Floats) -> bool {
        **self == **other
    }
}

impl From<Vec<f32>> for Floats {
    fn from(values: Vec<f32>) -> Floats {
        Floats(Place::Own(values))
    }
}

impl FromIterator<f32> for Floats {
    fn from_iter<I: IntoIterator<Item = f32>>(values: I) -> Floats {
        Vec::from_iter(values).into()
    }
}
