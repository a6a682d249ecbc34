"""Reading and preprocessing of one ECG: wfdb-python and SciPy beside the benches of this project.

    pip install wfdb scipy numpy
    cargo bench -p coronet-ecg -p coronet-formats --no-run     # prints the paths of the benches
    python benches/peers/pipeline.py RECORD PREPROCESS_BENCH READ_BENCH

RECORD is a WFDB record of 12 leads x 5000 samples without extension. One thread; peers and
benches take turns; of each round the fastest and the median run are kept, of the rounds the median.
On a busy machine the fastest say more.
"""
import os
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import platform
import re
import statistics
import subprocess
import sys
import time

import numpy
import scipy
import wfdb
from scipy.signal import butter, filtfilt, iirnotch, medfilt

ROUNDS = 5


def preprocess(leads):
    """The chain of the published code on [12, 5000] at 500 Hz, with SciPy."""
    b, a = iirnotch(50, 30, 500)
    leads = filtfilt(b, a, leads)
    b, a = butter(N=4, Wn=[0.67, 40], btype="bandpass", fs=500)
    leads = filtfilt(b, a, leads)
    leads = leads - numpy.stack([medfilt(lead, 201) for lead in leads])
    return (leads - leads.mean()) / (leads.std() + 1e-8)


def milliseconds(work, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    return [min(times), statistics.median(times)]


UNITS = {"ns": 1e-6, "µs": 1e-3, "ms": 1.0, "s": 1e3}


def bench(path, name, row):
    """The fastest and the median of a row of a divan bench, in milliseconds."""
    out = subprocess.run([path, "--bench", name], capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        times = re.findall(r"([\d.]+) (ns|µs|ms|s)\b", line)
        if row in line and len(times) >= 4:
            fastest, median = times[0], times[2]
            return [float(value) * UNITS[unit] for value, unit in (fastest, median)]
    raise SystemExit(f"no result of {name} in:\n{out}")


def main():
    record, preprocess_bench, read_bench = sys.argv[1:]
    leads = wfdb.rdrecord(record).p_signal.T.copy()
    assert leads.shape == (12, 5000), leads.shape
    rows = {"read": ([], []), "preprocess": ([], [])}
    for _ in range(ROUNDS):
        rows["read"][0].append(milliseconds(lambda: wfdb.rdrecord(record), 30))
        rows["read"][1].append(bench(read_bench, "wfdb_record", "wfdb_record"))
        rows["preprocess"][0].append(milliseconds(lambda: preprocess(leads), 10))
        rows["preprocess"][1].append(bench(preprocess_bench, "one_ecg", "ecgfounder"))
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, "
          f"numpy {numpy.__version__}, scipy {scipy.__version__}, wfdb {wfdb.__version__}")
    for name, (peer, own) in rows.items():
        for at, what in enumerate(("fastest", "median")):
            peers, owns = [each[at] for each in peer], [each[at] for each in own]
            ratio = statistics.median(peers) / statistics.median(owns)
            spread = [p / o for p, o in zip(peers, owns)]
            print(f"{name:<11}{what:<8} peer {statistics.median(peers):7.3f} ms   "
                  f"coronet {statistics.median(owns):7.3f} ms   "
                  f"{ratio:5.1f} x ({min(spread):.1f} to {max(spread):.1f})")


main()
