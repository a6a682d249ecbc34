//! EDF, EDF+ and BDF: a text header, then data records in which each signal has its place.
//!
//! After Kemp et al. 1992 (EDF), Kemp and Olivan 2003 (EDF+) and BioSemi's 24-bit variant (BDF).
//! Annotation signals give the time of a record and where the recording ends.

mod annotations;
mod header;
mod identification;
mod reader;
mod writer;

pub use writer::write;

pub(crate) use reader::ecg;

/// How the format is called.
pub(crate) const NAME: &str = "EDF";

/// Whether a file begins as one of this format: the version, and the size of the header where it
/// must stand.
pub(crate) fn is_edf(head: &[u8]) -> bool {
    let version = head.starts_with(b"0       ") || head.starts_with(b"\xffBIOSEMI");
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        std::str::from_utf8(head.get(range)?)
            .ok()?
            .trim()
            .parse()
            .ok()
    };
    version && number(184..192).is_some() && number(252..256).is_some()
}
