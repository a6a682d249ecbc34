"""Makes a PyTorch wheel from the Python package index import without its CUDA packages.

The wheel for Linux is linked against CUDA libraries that are separate packages of some
gigabytes. Nothing on a CPU calls them, but the loader wants every library it is told of and
the symbols that start-up touches. This writes libraries with those names, versions and
symbols, whose every function answers "no device" (CUDA error 100).
"""

import collections
import pathlib
import re
import subprocess

ABSENT = re.compile(r"^lib(cu|nv|nccl)")


def main(folder: pathlib.Path) -> None:
    """`folder` is `torch/lib`."""
    libraries = sorted(folder.glob("*.so*"))
    present = {library.name for library in libraries}
    needed, versions = set(), collections.defaultdict(set)
    wanted, defined = collections.defaultdict(set), set()
    for library in libraries:
        read_needs(library, needed, versions)
        read_symbols(library, wanted, defined)
    absent = sorted(name for name in needed - present if ABSENT.match(name))
    unversioned = {s for s in wanted[""] - defined if re.match(r"(__)?(cu|nv|nccl)", s)}
    for number, name in enumerate(absent):
        plain = unversioned if number == 0 else set()
        write_library(folder, name, {v: wanted[v] for v in versions[name]}, plain)


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def read_needs(library, needed, versions) -> None:
    name = None
    for line in run("readelf", "-dVW", str(library)).splitlines():
        if found := re.search(r"NEEDED\).*\[(.*)\]", line):
            needed.add(found[1])
        if found := re.search(r"Version: 1\s+File: (\S+)", line):
            name = found[1]
        if (found := re.search(r"Name: (\S+)\s+Flags", line)) and name:
            versions[name].add(found[1])


def read_symbols(library, wanted, defined) -> None:
    for line in run("nm", "-D", str(library)).splitlines():
        *_, kind, symbol = line.split()
        name, _, version = symbol.partition("@")
        if kind == "U":
            wanted[version.lstrip("@")].add(name)
        else:
            defined.add(name)


def write_library(folder, name, by_version, plain) -> None:
    source, script = folder / "absent.c", folder / "absent.map"
    symbols = set().union(plain, *by_version.values())
    source.write_text("".join(f"int {s}(void) {{ return 100; }}\n" for s in sorted(symbols)))
    command = ["cc", "-w", "-shared", "-fPIC", "-fno-builtin", f"-Wl,-soname,{name}"]
    if by_version:
        script.write_text("".join(
            f"{version} {{ global: {' '.join(f'{s};' for s in sorted(names)) or '*;'} }};\n"
            for version, names in sorted(by_version.items())
        ))
        command.append(f"-Wl,--version-script,{script}")
    run(*command, str(source), "-o", str(folder / name))
    source.unlink()
    script.unlink(missing_ok=True)
