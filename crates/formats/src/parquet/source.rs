//! The bytes of a Parquet file: in memory, or read as they are wanted.

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A file of which any part can be asked for.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// All of it.
    Memory(Bytes),
    /// An open file, and its size.
    File(Arc<Mutex<fs_err::File>>, u64),
}

impl Source {
    /// Opens a file; nothing is read.
    pub(super) fn open(path: &Path) -> std::io::Result<Source> {
        let file = fs_err::File::open(path)?;
        let size = file.metadata()?.len();
        Ok(Source::File(Arc::new(Mutex::new(file)), size))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Source::Memory(bytes) => bytes.len(),
            Source::File(_, size) => usize::try_from(*size).unwrap_or(usize::MAX),
        }
    }

    /// So many bytes from a place on.
    ///
    /// # Errors
    ///
    /// When the file ends before them.
    pub(super) fn get(&self, start: usize, length: usize) -> Result<Bytes> {
        let end = start.checked_add(length).filter(|end| *end <= self.len());
        let Some(end) = end else {
            let all = self.len();
            let message = format!("expected {length} bytes from {start}, got a file of {all}");
            return Err(ParquetError::EOF(message));
        };
        match self {
            Source::Memory(bytes) => Ok(bytes.slice(start..end)),
            Source::File(file, _) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let mut bytes = vec![0; length];
                file.seek(SeekFrom::Start(start as u64))?;
                file.read_exact(&mut bytes)?;
                Ok(Bytes::from(bytes))
            }
        }
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        Source::len(self) as u64
    }
}

impl ChunkReader for Source {
    type T = BufReader<Part>;

    fn get_read(&self, start: u64) -> Result<BufReader<Part>> {
        Ok(BufReader::new(Part {
            source: self.clone(),
            at: usize::try_from(start).unwrap_or(usize::MAX),
        }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.get(usize::try_from(start).unwrap_or(usize::MAX), length)
    }
}

/// A source from a place on.
pub(super) struct Part {
    source: Source,
    at: usize,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.source.len().saturating_sub(self.at);
        let length = buffer.len().min(left);
        let bytes = self.source.get(self.at, length);
        let bytes = bytes.map_err(std::io::Error::other)?;
        buffer[..length].copy_from_slice(&bytes);
        self.at += length;
        Ok(length)
    }
}
