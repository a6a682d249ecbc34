//! Rows of numbers that are too many for memory: written to a file, then mapped.

use anyhow::{Context, Result};
use bytemuck::Pod;
use fs_err::{File, OpenOptions};
use memmap2::Mmap;
use sha2::{Digest, Sha256};
use std::io::{Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::Path;

/// Rows of equal length being written to a file, which outlives a program that is broken off.
pub(super) struct RowsWriter<T> {
    file: File,
    /// Numbers of a row.
    length: usize,
    values: PhantomData<T>,
}

impl<T: Pod> RowsWriter<T> {
    /// A file of rows of so many numbers, new or left by a program that was broken off.
    pub(super) fn open(path: &Path, length: usize) -> Result<RowsWriter<T>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        Ok(RowsWriter {
            file: options.open(path)?,
            length,
            values: PhantomData,
        })
    }

    /// Adds a row, and hashes it.
    pub(super) fn push(&mut self, row: &[T], hasher: &mut Sha256) -> Result<()> {
        assert_eq!(
            row.len(),
            self.length,
            "rows are of one length, this is a bug"
        );
        let bytes: &[u8] = bytemuck::cast_slice(row);
        hasher.update(bytes);
        self.file.write_all(bytes)?;
        Ok(())
    }

    /// Passes over the next row of an earlier program, and hashes it; false where it is not whole.
    pub(super) fn pass(&mut self, hasher: &mut Sha256) -> bool {
        let mut bytes = vec![0; self.size() as usize];
        let whole = self.file.read_exact(&mut bytes).is_ok();
        hasher.update(&bytes);
        whole
    }

    /// Forgets all rows behind the first so many.
    pub(super) fn cut(&mut self, rows: usize) -> Result<()> {
        let end = rows as u64 * self.size();
        self.file.set_len(end)?;
        self.file.seek(SeekFrom::Start(end))?;
        Ok(())
    }

    /// The rows as they were written.
    pub(super) fn finish(self) -> Result<Rows<T>> {
        let path = self.file.path().to_owned();
        let file = self.file.into_file();
        // SAFETY: the map is read-only, and no part of this program changes the file while it is
        // mapped: its only writer ends here, and a lock keeps a second program away. If another
        // one cuts the file short, the operating system ends the process on access, which is the
        // documented limit of any memory map.
        let map = unsafe { Mmap::map(&file) }
            .with_context(|| format!("{} cannot be mapped", path.display()))?;
        Ok(Rows {
            map,
            values: PhantomData,
        })
    }

    /// Bytes of a row.
    fn size(&self) -> u64 {
        (self.length * size_of::<T>()) as u64
    }
}

/// Rows in a mapped file, in the order they were added.
pub(super) struct Rows<T> {
    map: Mmap,
    values: PhantomData<T>,
}

impl<T: Pod> Rows<T> {
    /// All values, row after row.
    pub(super) fn values(&self) -> &[T] {
        bytemuck::cast_slice(&self.map)
    }
}
