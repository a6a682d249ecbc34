"""Delineation of LUDB beside NeuroKit2: sensitivity and positive predictive value within 150 ms,
mean and standard deviation of the timing error, seconds for each lead.

    pip install neurokit2 wfdb
    cargo build --release -p coronet-formats --example delineate
    python benches/peers/delineation.py FOLDER [--records 1-40] [--target target]

FOLDER holds the records with one annotation file for each annotated lead. A detection counts as
false where it lies between the first and the last annotation of the lead, since LUDB leaves the
first and last cycles unannotated; pairs are one to one, nearest first. Both are given all leads
that are stored, NeuroKit2 one after the other, with its own cleaning and R peaks.
"""

import argparse
import csv
import pathlib
import subprocess
import time
import warnings

import neurokit2 as nk
import numpy as np
import wfdb

FIDUCIALS = ["P onset", "P peak", "P offset", "QRS onset", "R peak", "QRS offset", "T onset", "T peak", "T offset"]
METHODS = ["peak", "prominence", "cwt", "dwt"]
KEYS = {
    "P onset": "ECG_P_Onsets", "P peak": "ECG_P_Peaks", "P offset": "ECG_P_Offsets",
    "QRS onset": "ECG_R_Onsets", "QRS offset": "ECG_R_Offsets",
    "T onset": "ECG_T_Onsets", "T peak": "ECG_T_Peaks", "T offset": "ECG_T_Offsets",
}
WAVES = {"p": FIDUCIALS[0:3], "N": FIDUCIALS[3:6], "t": FIDUCIALS[6:9]}
NAMES = {"P": FIDUCIALS[0:3], "QRS": FIDUCIALS[3:6], "T": FIDUCIALS[6:9]}
TOLERANCE = 0.150


def reference(folder, record, lead):
    """Seconds of each fiducial, and the span that is annotated."""
    rate = wfdb.rdheader(str(folder / record)).fs
    read = wfdb.rdann(str(folder / record), lead)
    found = {name: [] for name in FIDUCIALS}
    for at, symbol in enumerate(read.symbol):
        if symbol not in WAVES:
            continue
        onset, peak, offset = WAVES[symbol]
        found[peak].append(read.sample[at] / rate)
        if at > 0 and read.symbol[at - 1] == "(":
            found[onset].append(read.sample[at - 1] / rate)
        if at + 1 < len(read.symbol) and read.symbol[at + 1] == ")":
            found[offset].append(read.sample[at + 1] / rate)
    return found, (read.sample[0] / rate, read.sample[-1] / rate)


def ours(program, folder):
    """Seconds of each fiducial by (record, lead), and the seconds spent."""
    run = subprocess.run([program, folder], capture_output=True, text=True, check=True)
    found = {}
    for row in csv.DictReader(run.stdout.splitlines()):
        lead = found.setdefault((row["record"], row["lead"].lower()), {name: [] for name in FIDUCIALS})
        for name, column in zip(NAMES[row["wave"]], ["onset", "peak", "offset"]):
            lead[name].append(float(row[column]) / float(row["rate"]))
    return found, float(run.stderr.strip().splitlines()[-1])


def neurokit(signal, rate, method):
    """Seconds of each fiducial of one lead; nothing where the library fails."""
    found = {name: [] for name in FIDUCIALS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            cleaned = nk.ecg_clean(signal, sampling_rate=rate)
            peaks = nk.ecg_peaks(cleaned, sampling_rate=rate)[1]["ECG_R_Peaks"]
            found["R peak"] = [peak / rate for peak in peaks]
            waves = nk.ecg_delineate(cleaned, peaks, sampling_rate=rate, method=method)[1]
        except (ValueError, IndexError, KeyError, ZeroDivisionError, TypeError):
            return found
    for name, key in KEYS.items():
        found[name] = [place / rate for place in waves.get(key, []) if not np.isnan(place)]
    return found


def pairs(reference, detected):
    """One-to-one pairs within the tolerance, nearest first."""
    near = sorted(
        (abs(one - two), i, j)
        for i, one in enumerate(reference)
        for j, two in enumerate(detected)
        if abs(one - two) <= TOLERANCE
    )
    left, right, paired = set(), set(), []
    for _, i, j in near:
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            paired.append((i, j))
    return paired


def score(references, detections):
    """Sensitivity, positive predictive value (%), mean and SD of the error (ms) by fiducial."""
    result = {}
    for name in FIDUCIALS:
        hit = false = expected = 0
        errors = []
        for key, (truth, (first, last)) in references.items():
            detected = detections.get(key, {}).get(name, [])
            paired = pairs(truth[name], detected)
            used = {j for _, j in paired}
            hit += len(paired)
            expected += len(truth[name])
            false += sum(first <= at <= last for j, at in enumerate(detected) if j not in used)
            errors += [1000 * (detected[j] - truth[name][i]) for i, j in paired]
        if hit:
            result[name] = (100 * hit / expected, 100 * hit / (hit + false), np.mean(errors), np.std(errors, ddof=1))
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--records", default="1-40", help="first and last record number")
    parser.add_argument("--target", default="target", help="cargo's target folder")
    arguments = parser.parse_args()
    first, last = map(int, arguments.records.split("-"))
    references, seconds, theirs = {}, dict.fromkeys(METHODS, 0.0), {method: {} for method in METHODS}
    leads = 0
    for number in range(first, last + 1):
        record = str(number)
        if not (arguments.folder / f"{record}.hea").exists():
            continue
        stored = wfdb.rdrecord(str(arguments.folder / record))
        for lead, signal in zip(stored.sig_name, stored.p_signal.T):
            if not (arguments.folder / f"{record}.{lead}").exists():
                continue
            leads += 1
            references[record, lead] = reference(arguments.folder, record, lead)
            for method in METHODS:
                start = time.perf_counter()
                theirs[method][record, lead] = neurokit(signal, stored.fs, method)
                seconds[method] += time.perf_counter() - start
    program = pathlib.Path(arguments.target) / "release/examples/delineate"
    found, spent = ours(program, arguments.folder)
    all_leads = len(found)
    scores = {method: score(references, theirs[method]) for method in METHODS}
    own = score(references, found)
    print(f"{leads} annotated leads, records {arguments.records}; neurokit2 {nk.__version__}")
    print("sensitivity % / positive predictive value % / mean ± SD of the error in ms")
    for name in FIDUCIALS:
        print(name)
        for who, values in [("coronet", own), *scores.items()]:
            if name in values:
                one = values[name]
                print(f"  {who:11s} {one[0]:6.2f} / {one[1]:6.2f} / {one[2]:+6.1f} ± {one[3]:5.1f}")
    print("milliseconds a lead")
    print(f"  coronet     {1000 * spent / all_leads:8.3f}")
    for method in METHODS:
        print(f"  {method:11s} {1000 * seconds[method] / leads:8.3f}")


if __name__ == "__main__":
    main()
