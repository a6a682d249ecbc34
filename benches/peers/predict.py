#!/usr/bin/env python3
"""`coronet predict` from files to scores beside the network alone, and its growth with the records.

    python3 benches/peers/run.py --only inference-32      # once: installs, arrays, weights, build
    python3 benches/peers/predict.py RECORDS [--rounds N] [--growth WEIGHTS]

RECORDS is a folder of WFDB records of 12 leads x 5000 samples. The network alone is the contender
of `inference-32`; both run in turn with two threads. The rate counts from the second record on;
what starting costs (reading and packing the weights) is told beside it. With --growth, tables that
repeat the records up to 40,000 are scored with WEIGHTS, best those of a small network, and time
and peak of memory are told.
"""

import argparse
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

import run

COMMAND = run.TARGET / "release" / "coronet"


def manifest(folder, headers, count):
    """A table of `count` records that repeats `headers`."""
    path = folder / f"{count}.csv"
    with path.open("w") as table:
        print("record_id,path,patient_id", file=table)
        for at in range(count):
            header = headers[at % len(headers)]
            print(f"{header.stem}-{at // len(headers)},{header},{header.stem}", file=table)
    return path


def predict(weights, table, count):
    """Seconds by the clock, of processors, and the peak of memory in megabytes."""
    before, start, peak = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter(), 0
    rows = table.with_suffix(".scores")
    with rows.open("w") as out:
        command = [COMMAND, "predict", *weights, table]
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=run.environment(2))
        while process.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                sizes = [line.split()[1] for line in status.splitlines() if line.startswith("RssAnon")]
                peak = max([peak, *map(int, sizes)])
            except OSError:
                pass
            time.sleep(0.02)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    scored = len(rows.read_text().splitlines()) - 1
    if process.returncode or scored != count:
        raise SystemExit(f"predict ended with {process.returncode} and {scored} of {count} records")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, processor, peak / 1024


def rate(folder, headers, rounds):
    weights = ["--weights", run.FOLDER / "weights.safetensors", "--architecture", "ecgfounder-12"]
    network = run.Contender("network", [run.TARGET / "release" / "contender", "inference-32", run.FOLDER], 2)
    network.go()
    one, all_of_them = manifest(folder, headers, 1), manifest(folder, headers, len(headers))
    print("| round | network alone, ms | processor | predict, ms | processor | start, s | rate, share | processor, share | with start |")
    print("|---|---|---|---|---|---|---|---|---|")
    for number in range(rounds):
        alone = [network.go() for _ in range(3)]
        start = predict(weights, one, 1)
        whole = predict(weights, all_of_them, len(headers))
        alone += [network.go() for _ in range(3)]
        clock = statistics.median(seconds for seconds, _ in alone) / 32
        processor = statistics.mean(seconds for _, seconds in alone) / 32
        each, each_processor = [(whole[at] - start[at]) / (len(headers) - 1) for at in (0, 1)]
        print(f"| {number + 1} | {1e3 * clock:.2f} | {1e3 * processor:.2f} | {1e3 * each:.2f} | {1e3 * each_processor:.2f} "
              f"| {start[0]:.2f} | {clock / each:.3f} | {processor / each_processor:.3f} | {len(headers) * clock / whole[0]:.3f} |", flush=True)
    network.end()


def growth(folder, headers, weights):
    print("| records | seconds | processor, ms a record | peak of anonymous memory, MB |")
    print("|---|---|---|---|")
    for count in (400, 4_000, 40_000):
        seconds, processor, peak = predict(["--weights", weights], manifest(folder, headers, count), count)
        print(f"| {count} | {seconds:.1f} | {1e3 * processor / count:.2f} | {peak:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--growth", type=pathlib.Path, metavar="WEIGHTS")
    arguments = parser.parse_args()
    headers = [path.resolve() for path in sorted(arguments.records.glob("*_hr.hea"))] or sorted(arguments.records.resolve().glob("*.hea"))
    if not headers:
        raise SystemExit(f"no records in {arguments.records}")
    with tempfile.TemporaryDirectory() as folder:
        if arguments.growth:
            growth(pathlib.Path(folder), headers[:400], arguments.growth.resolve())
        else:
            rate(pathlib.Path(folder), headers[:400], arguments.rounds)


if __name__ == "__main__":
    main()
