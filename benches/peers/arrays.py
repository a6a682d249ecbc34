"""Writes the arrays and networks that all contenders work on: `arrays.py FOLDER [RECORDS]`."""

import pathlib
import shutil
import sys

import numpy as np
import torch
from net1d import Net1d, recipe
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_weights

BATCHES = (1, 8, 32)


def main(folder: pathlib.Path, records: pathlib.Path | None) -> None:
    random = np.random.default_rng(20261124)
    positive = random.random(10_000) < 0.1
    given = {
        "x": random.standard_normal((max(BATCHES), 12, 5000), dtype=np.float32),
        "y": (random.random((max(BATCHES), 4)) < 0.3).astype(np.float32),
        "scores": (random.standard_normal(10_000) + positive).astype(np.float32),
        "positive": positive.astype(np.float32),
    }
    if records:
        import wfdb

        for end in ("hea", "dat"):
            shutil.copyfile(records / f"00001_hr.{end}", folder / f"record.{end}")
        header = (folder / "record.hea").read_text().replace("00001_hr", "record")
        (folder / "record.hea").write_text(header)
        np.save(folder / "raw.npy", np.ascontiguousarray(wfdb.rdrecord(str(folder / "record")).p_signal.T))
    save_file(given, folder / "arrays.safetensors")
    network = Net1d()
    state = recipe(network)
    save_weights(state, folder / "weights.safetensors")
    network.load_state_dict(state)
    network.eval()
    for batch in BATCHES:
        path = folder / f"net1d-{batch}.onnx"
        if not path.exists():
            x = torch.zeros(batch, 12, 5000)
            torch.onnx.export(network, (x,), path, input_names=["x"], dynamo=True, verbose=False)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None)
