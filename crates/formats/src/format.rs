//! The formats that can be read, one line each.

use crate::head::Head;
use crate::xml::Document;
use crate::{
    ReadError, ReadErrorKind, ReadOptions, Recording, cardiosoft, csv, dicom, edf, fhir, hdf5, hl7,
};
use crate::{ishne, mat, mfer, muse, npy, parquet, philips, schiller, scp, text};
use coronet_ecg::Ecg;
use std::path::Path;

/// A format that can be read.
pub(crate) struct Format {
    /// How the format is called.
    pub name: &'static str,
    /// Whether a file begins as one of this format.
    pub recognises: fn(&Head<'_>) -> bool,
    /// What reads it.
    pub reader: Reader,
}

impl Format {
    /// Whether it is text in any encoding.
    pub(crate) fn is_text(&self) -> bool {
        TEXT.iter().any(|format| std::ptr::eq(format, self))
    }
}

/// What reads a format, by what it needs.
#[derive(Clone, Copy)]
pub(crate) enum Reader {
    /// The path: it reads parts of the file, or other files beside it.
    Path(fn(&Path, &ReadOptions) -> Result<Vec<Recording>, ReadError>),
    /// The whole file.
    Bytes(fn(&[u8], &ReadOptions) -> Result<Vec<Ecg>, ReadErrorKind>),
    /// The parsed document.
    Xml(fn(&Document, &ReadOptions) -> Result<Vec<Ecg>, ReadErrorKind>),
}

const fn format(name: &'static str, recognises: fn(&Head<'_>) -> bool, reader: Reader) -> Format {
    Format {
        name,
        recognises,
        reader,
    }
}

/// The formats that one file's bytes tell apart, asked in this order: unmistakable beginnings
/// first, plain text last. WFDB, whose signal files need the header beside them, comes between:
/// see [`sniff`](crate::sniff).
pub(crate) const BINARY: &[Format] = &[
    format(
        npy::NAME,
        |head| head.bytes.starts_with(b"\x93NUMPY"),
        Reader::Path(npy::read),
    ),
    format(
        ishne::NAME,
        |head| ishne::is_ishne(head.bytes),
        Reader::Bytes(|bytes, options| ishne::ecg(bytes, options).map(|ecg| vec![ecg])),
    ),
    format(
        edf::NAME,
        |head| edf::is_edf(head.bytes),
        Reader::Bytes(|bytes, options| edf::ecg(bytes, options).map(|ecg| vec![ecg])),
    ),
    format(
        dicom::NAME,
        |head| dicom::is_dicom(head.bytes),
        Reader::Bytes(|bytes, options| dicom::ecg(bytes, options).map(|ecg| vec![ecg])),
    ),
    format(
        hdf5::NAME,
        |head| hdf5::is_hdf5(head.bytes),
        Reader::Path(hdf5::read),
    ),
    format(
        mat::NAME,
        |head| mat::is_matlab(head.bytes),
        Reader::Bytes(|bytes, options| mat::ecg(bytes, options).map(|ecg| vec![ecg])),
    ),
    format(
        scp::NAME,
        |head| scp::is_scp(head.bytes),
        Reader::Bytes(|bytes, options| scp::ecg(bytes, options).map(|ecg| vec![ecg])),
    ),
    format(
        mfer::NAME,
        |head| mfer::is_mfer(head.bytes),
        Reader::Bytes(|bytes, options| mfer::ecg(bytes, options).map(|ecg| vec![ecg])),
    ),
    format(
        parquet::NAME,
        |head| parquet::is_file(head.bytes),
        Reader::Path(parquet::read),
    ),
    format(
        hl7::NAME,
        |head| head.has_root("AnnotatedECG", "urn:hl7-org:v3") || head.has_root("AnnotatedECG", ""),
        Reader::Xml(hl7::read),
    ),
    format(
        philips::NAME,
        |head| head.has_root("restingecgdata", philips::NAMESPACE),
        Reader::Xml(philips::read),
    ),
    format(
        muse::NAME,
        |head| head.has_root("RestingECG", ""),
        Reader::Xml(muse::read),
    ),
    format(
        cardiosoft::NAME,
        |head| head.has_root("CardiologyXML", ""),
        Reader::Xml(cardiosoft::read),
    ),
    format(
        schiller::NAME,
        |head| head.has_root("com.xiriuz.sema.xml.schillerEDI.SchillerEDI", ""),
        Reader::Xml(schiller::read),
    ),
    format(fhir::NAME, fhir::is_xml, Reader::Xml(fhir::read_xml)),
];

/// Binary formats that the signal file of a WFDB record may be of, asked after WFDB headers.
pub(crate) const AFTER_HEADERS: &[Format] = &[format(
    mat::NAME_4,
    |head| mat::is_matlab_4(head.bytes),
    Reader::Bytes(|bytes, options| mat::ecg_4(bytes, options).map(|ecg| vec![ecg])),
)];

/// The formats that are text, asked after WFDB headers.
pub(crate) const TEXT: &[Format] = &[
    format(
        fhir::NAME,
        |head| fhir::is_resource(&head.text),
        Reader::Bytes(fhir::read),
    ),
    format(
        csv::NAME,
        |head| csv::is_table(&head.text),
        Reader::Bytes(|bytes, options| csv::ecg(bytes, options).map(|ecg| vec![ecg])),
    ),
    format(
        text::NAME,
        |head| text::is_matrix(&head.text),
        Reader::Bytes(text::read),
    ),
];

/// Names of all formats, for messages.
pub(crate) fn names() -> String {
    let mut names = vec![crate::wfdb::NAME];
    for format in BINARY.iter().chain(AFTER_HEADERS).chain(TEXT) {
        if !names.contains(&format.name) {
            names.push(format.name);
        }
    }
    let last = names.pop().unwrap_or_default();
    format!("{} or {last}", names.join(", "))
}
