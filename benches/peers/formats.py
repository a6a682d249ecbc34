"""Milliseconds to read ECG files, here and with the Python package one would use otherwise.

    cargo build --release -p coronet-formats --example read_speed
    python benches/peers/formats.py DATA target/release/examples/read_speed

DATA is the folder of real files; the fastest of 30 times counts on both sides. Both give every
sample as a physical value in 64-bit floats, and both read from the file system's cache.
Packages: wfdb, pydicom, sierraecg, pyedflib, h5py, scipy, numpy.
"""

import subprocess
import sys
import time

import h5py
import numpy as np
import pydicom
import pyedflib
import scipy.io
import sierraecg
import wfdb

TIMES = 30


def record(path):
    return wfdb.rdrecord(path.removesuffix(".hea")).p_signal


def philips(path):
    return np.array([lead.samples for lead in sierraecg.read_file(path).leads], np.float64)


def dicom(path):
    return pydicom.dcmread(path).waveform_array(0)


def edf(path):
    with pyedflib.EdfReader(path) as reader:
        return np.array([reader.readSignal(signal) for signal in range(reader.signals_in_file)])


def code15(path):
    with h5py.File(path) as file:
        return file["tracings"][...].astype(np.float64)


def sph(path):
    with h5py.File(path) as file:
        return file["ecg"][...].astype(np.float64)


def matlab(path):
    return scipy.io.loadmat(path)["ECG"][0, 0]["data"]


FILES = [
    ("ptbxl/records/00001_hr.hea", "wfdb", record),
    ("formats/philips-sierra/129DYPRG.XML", "sierraecg", philips),
    ("formats/philips-sierra/2020-5-18_15-48-11.xml", "sierraecg", philips),
    ("formats/dicom/waveform_ecg.dcm", "pydicom", dicom),
    ("formats/dicom/example-DICOM1.dcm", "pydicom", dicom),
    ("formats/edf/ptbxl_00001.edf", "pyedflib", edf),
    ("formats/hdf5/code15_style_6.hdf5", "h5py", code15),
    ("physionet/SPH00001.h5", "h5py", sph),
    ("formats/text/MI.mat", "scipy", matlab),
    ("formats/scp-ecg/Example.scp", None, None),
    ("formats/scp-ecg/test.scp", None, None),
    ("formats/ishne/ptbxl_00001.ishne", None, None),
]


def fastest(read, path):
    best = float("inf")
    for _ in range(TIMES):
        begin = time.perf_counter()
        read(path)
        best = min(best, time.perf_counter() - begin)
    return best * 1e3


def main(data, program):
    paths = [f"{data}/{name}" for name, _, _ in FILES]
    lines = subprocess.run(
        [program, str(TIMES), *paths], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    print(f"{'file':46} {'samples':>8} {'here ms':>8} {'peer ms':>8}  peer")
    for (name, package, read), path, line in zip(FILES, paths, lines):
        _, samples, ours = line.split("\t")
        peer = f"{fastest(read, path):8.3f}  {package}" if read else "       -"
        print(f"{name:46} {samples:>8} {float(ours):8.3f} {peer}")


if __name__ == "__main__":
    main(*sys.argv[1:])
