#!/usr/bin/env python3
"""Runs this project and its peers side by side on the same arrays, and prints the ratios.

    python3 benches/peers/run.py [--only WORK…] [--rounds N] [--records FOLDER] [--avx2]

Installs the peers into `target/peers` at the first run. Every contender is a process of its
own that holds its network and arrays; rounds go through all contenders in turn, so that what
else the machine does strikes all of them, and do short work several times in a row. Ratios are of medians; the spread is the quartiles
of the rounds' ratios. Processor time is shown too: on a machine that is busy with other things
it is the fairer number. Answers are compared before anything is timed. With --avx2 all do as on a
processor without AVX-512, but for ONNX Runtime, which cannot be told so.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
FOLDER = TARGET / "peers"
# Seconds that a contender's turn should last: short work is done several times in a row, and
# the median taken, so that waking up is not what is measured.
ROUND = 0.2
PYTHON = FOLDER / "venv" / "bin" / "python"
TORCH = "torch==2.15.0"

# Work: peers, items a step, tolerance of the answers relative to the largest, least ratio asked.
WORKS = {
    "inference-1": (["pytorch", "onnxruntime", "openvino"], 1, 1e-3, 1.4),
    "inference-8": (["pytorch", "onnxruntime", "openvino"], 8, 1e-3, 1.4),
    "inference-32": (["pytorch", "onnxruntime", "openvino"], 32, 1e-3, 1.4),
    "training-32": (["pytorch"], 32, 1e-3, 3.0),
    "surgery-16": (["pytorch"], 16, 1e-3, 3.0),
    "preprocessing": (["scipy"], 1, 1e-6, 6.0),
    "reading": (["wfdb"], 1, 1e-6, 10.0),
    "bootstrap": (["scikit-learn"], 1, 5e-3, 20.0),
}


# How each contender is told to leave AVX-512 alone: coronet, PyTorch, oneDNN in PyTorch and in
# OpenVINO, and MKL.
AVX2 = {
    "CORONET_INSTRUCTION_SET": "avx2", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}
limits = {}


def environment(threads):
    """That of the contenders: nothing set that slows a peer alone, and as many threads for each."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")} | limits
    return kept | {"RAYON_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}


def install():
    marker = FOLDER / "installed"
    wanted = TORCH + "\n" + (HERE / "requirements.txt").read_text()
    if marker.exists() and marker.read_text() == wanted:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", FOLDER / "venv"], check=True)
    pip = [PYTHON, "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "-r", HERE / "requirements.txt"], check=True)
    subprocess.run([*pip, "--no-deps", TORCH], check=True)
    make = "import cpu_torch, pathlib, sysconfig; cpu_torch.main(pathlib.Path(sysconfig.get_path('purelib')) / 'torch/lib')"
    subprocess.run([PYTHON, "-c", make], check=True, cwd=HERE)
    marker.write_text(wanted)


def prepare(records):
    """Arrays for every contender; the record is read from `records`, where it is there."""
    command = [PYTHON, HERE / "arrays.py", FOLDER, *([records] if records else [])]
    subprocess.run(command, check=True, env=environment(2))


def build():
    subprocess.run(["cargo", "build", "--release", "-p", "coronet-benches", "-p", "coronet", "--bin", "contender"], check=True, cwd=ROOT)
    return TARGET / "release" / "contender"


class Contender:
    """A process that does one work when told to."""

    def __init__(self, name, command, threads):
        self.name, self.seconds, self.processor = name, [], []
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(threads)
        )
        facts = self.hear()
        self.answer, self.version = facts["answer"], facts["version"]

    def hear(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended early with code {self.process.wait()}")
        return json.loads(line)

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def go(self):
        """Does the work once; its wall-clock and its processor time."""
        before = self.processor_seconds()
        self.tell("go")
        seconds = self.hear()["seconds"]
        return seconds, self.processor_seconds() - before

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.tell("end")
        self.peak = self.hear()["peak_megabytes"]
        self.process.wait()


def compare(name, contenders, tolerance):
    ours, *peers = contenders
    for peer in peers:
        largest = max(map(abs, peer.answer))
        apart = max(abs(a - b) for a, b in zip(ours.answer, peer.answer, strict=True)) / largest
        if apart > tolerance:
            raise SystemExit(f"{name}: coronet and {peer.name} differ by {apart:.2e} of the largest magnitude")
        print(f"  {name}: coronet = {peer.name} to {apart:.1e}", file=sys.stderr)


def measure(name, ours, rounds):
    peers, items, tolerance, asked = WORKS[name]
    threads = 1 if name in ("preprocessing", "reading") else 2
    contenders = [Contender("coronet", [ours, name, FOLDER], threads)]
    contenders += [Contender(peer, [PYTHON, HERE / "worker.py", peer, name, FOLDER], threads) for peer in peers]
    compare(name, contenders, tolerance)
    for contender in contenders:
        contender.times = max(1, int(ROUND / contender.go()[0]))
    for _ in range(rounds):
        for contender in contenders:
            goes = [contender.go() for _ in range(contender.times)]
            contender.seconds.append(statistics.median(seconds for seconds, _ in goes))
            contender.processor.append(statistics.mean(processor for _, processor in goes))
            time.sleep(0.05)
    for contender in contenders:
        contender.end()
    return [row(name, contender, contenders[0], items, asked) for contender in contenders]


def row(name, contender, ours, items, asked):
    median, ours_median = statistics.median(contender.seconds), statistics.median(ours.seconds)
    low, _, high = statistics.quantiles(
        [theirs / mine for theirs, mine in zip(contender.seconds, ours.seconds)], n=4
    )
    return {
        "work": name, "contender": contender.name, "version": contender.version, "seconds": median,
        "per_second": items / median, "ratio": median / ours_median, "quartiles": [low, high],
        "processor": statistics.mean(contender.processor),
        "processor_ratio": statistics.mean(contender.processor) / max(statistics.mean(ours.processor), 1e-9),
        "peak_megabytes": contender.peak, "asked": asked,
    }


def show(rows):
    print("| work | contender | median | per second | coronet is … times as fast (quartiles) | processor time | ratio | peak memory |")
    print("|---|---|---|---|---|---|---|---|")
    for r in rows:
        ratio = "" if r["contender"] == "coronet" else f"{r['ratio']:.2f} ({r['quartiles'][0]:.2f}–{r['quartiles'][1]:.2f})"
        told = r["contender"] != "coronet" and r["processor"] / r["processor_ratio"] > 0.02
        less = f"{r['processor_ratio']:.2f}" if told else ""
        who = r["contender"] if r["contender"] == "coronet" else f"{r['contender']} {r['version']}"
        print(f"| {r['work']} | {who} | {1e3 * r['seconds']:.2f} ms | {r['per_second']:.2f} | {ratio} | {r['processor']:.3f} s | {less} | {r['peak_megabytes']:.0f} MB |")


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    flags = next(line for line in lines if line.startswith("flags")).split()
    name = next(line for line in lines if line.startswith("model name")).split(":")[1].strip()
    sets = [word for word in ("avx2", "avx512f", "avx512_bf16", "amx_tile") if word in flags]
    return f"{name}, {os.cpu_count()} cores, {' '.join(sets)}, {platform.system()} {platform.machine()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=list(WORKS), choices=list(WORKS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--records", type=pathlib.Path, default=ROOT.parent / "shared/data/ptbxl/records")
    parser.add_argument("--avx2", action="store_true", help="no instructions of AVX-512")
    arguments = parser.parse_args()
    limits.update(AVX2 if arguments.avx2 else {})
    install()
    records = arguments.records if arguments.records.is_dir() else None
    prepare(records)
    ours, rows = build(), []
    for name in arguments.only:
        if name in ("preprocessing", "reading") and records is None:
            print(f"SKIPPED {name}: no records at {arguments.records}", file=sys.stderr)
            continue
        rows += measure(name, ours, arguments.rounds)
    limited = ", none of AVX-512 but by ONNX Runtime" if arguments.avx2 else ""
    print(f"{processor()}{limited}; Python {platform.python_version()}\n")
    show(rows)
    (FOLDER / "rows.json").write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
