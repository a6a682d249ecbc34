"""One peer at one work: `worker.py PEER WORK FOLDER`.

Says what it answers once it is ready, does the work once for every line `go`, and ends with
its peak of memory; every answer is a line of JSON. `FOLDER` holds the arrays of all peers.
"""

import functools
import importlib.metadata
import json
import pathlib
import sys
import time

import numpy as np

THREADS = 2


def arrays(folder):
    from safetensors.numpy import load_file

    return load_file(folder / "arrays.safetensors")


def pytorch_network(folder, dropout=0.0):
    import torch
    from net1d import Net1d
    from safetensors.torch import load_file

    torch.set_num_threads(THREADS)
    network = Net1d(dropout)
    network.load_state_dict(load_file(folder / "weights.safetensors"))
    return network


def pytorch_inference(folder, batch):
    import torch

    network = pytorch_network(folder).eval()
    x = torch.from_numpy(arrays(folder)["x"][:batch])

    def step():
        with torch.inference_mode():
            return network(x).numpy().ravel().tolist()

    return step(), step


def onnxruntime_inference(folder, batch):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(folder / f"net1d-{batch}.onnx", options, ["CPUExecutionProvider"])
    x = arrays(folder)["x"][:batch]

    def step():
        return session.run(None, {"x": x})[0].ravel().tolist()

    return step(), step


def openvino_inference(folder, batch):
    import openvino

    settings = {
        "INFERENCE_NUM_THREADS": THREADS,
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
    }
    model = openvino.Core().compile_model(folder / f"net1d-{batch}.onnx", "CPU", settings)
    x = arrays(folder)["x"][:batch]

    def step():
        return model(x)[0].ravel().tolist()

    return step(), step


def task_losses(network, x, y):
    from torch.nn import functional

    return functional.binary_cross_entropy_with_logits(network(x), y, reduction="none").mean(0)


def joint_gradient(network, optimizer, losses):
    optimizer.zero_grad(set_to_none=True)
    losses.sum().backward()


def surgery_gradient(network, optimizer, losses):
    """The published rule: each task's gradient is projected onto those after it."""
    import torch

    parameters = [p for p in network.parameters()]
    gradients = []
    for task, loss in enumerate(losses):
        optimizer.zero_grad(set_to_none=True)
        loss.backward(retain_graph=task + 1 < len(losses))
        gradients.append(torch.cat([
            (torch.zeros_like(p) if p.grad is None else p.grad).reshape(-1) for p in parameters
        ]))
    for i in range(len(gradients)):
        for j in range(i + 1, len(gradients)):
            product = torch.dot(gradients[i], gradients[j])
            if product < 0:
                gradients[i] -= product / (gradients[j].square().sum() + 1e-12) * gradients[j]
    merged = torch.stack(gradients).mean(0)
    at = 0
    for p in parameters:
        p.grad = merged[at : at + p.numel()].view_as(p)
        at += p.numel()


def pytorch_training(folder, batch, gradient):
    import torch

    given = arrays(folder)
    x, y = (torch.from_numpy(given[name][:batch]) for name in ("x", "y"))

    def learner(dropout):
        network = pytorch_network(folder, dropout).train()
        optimizer = torch.optim.AdamW(network.parameters(), lr=3e-5, weight_decay=5e-4)
        return network, optimizer

    def step(network, optimizer):
        losses = task_losses(network, x, y)
        gradient(network, optimizer, losses)
        optimizer.step()
        return losses

    network, optimizer = learner(0.0)
    losses = step(network, optimizer)
    norm = torch.sqrt(sum(p.grad.square().sum() for p in network.parameters() if p.grad is not None))
    answer = [*losses.tolist(), norm.item()]
    del losses, network, optimizer
    return answer, functools.partial(step, *learner(0.5))


def scipy_preprocessing(folder):
    from scipy.signal import butter, filtfilt, iirnotch, medfilt

    raw = np.load(folder / "raw.npy")

    def step():
        notch = iirnotch(50, 30, 500)
        band = butter(N=4, Wn=[0.67, 40], btype="bandpass", fs=500)
        clean = np.empty_like(raw)
        for lead, signal in enumerate(raw):
            signal = filtfilt(*band, filtfilt(*notch, signal))
            clean[lead] = signal - medfilt(signal, 201)
        return (clean - clean.mean()) / (clean.std() + 1e-8)

    return step()[:, ::250].ravel().tolist(), step


def wfdb_reading(folder):
    import wfdb

    path = str(folder / "record")

    def step():
        return wfdb.rdrecord(path).p_signal

    return step().T[:, ::250].ravel().tolist(), step


def scikit_bootstrap(folder):
    from sklearn.metrics import roc_auc_score

    given = arrays(folder)
    scores, positive = given["scores"], given["positive"] > 0
    classes = [np.flatnonzero(positive), np.flatnonzero(~positive)]

    def step():
        random, areas = np.random.default_rng(1), []
        for _ in range(2000):
            drawn = np.concatenate([random.choice(c, len(c)) for c in classes])
            areas.append(roc_auc_score(positive[drawn], scores[drawn]))
        return np.percentile(areas, [2.5, 97.5])

    return step().tolist(), step


def work(peer, name, folder):
    kind, _, batch = name.partition("-")
    inference = {"pytorch": pytorch_inference, "onnxruntime": onnxruntime_inference, "openvino": openvino_inference}
    gradients = {"training": joint_gradient, "surgery": surgery_gradient}
    if kind == "inference":
        return inference[peer](folder, int(batch))
    if kind in gradients:
        return pytorch_training(folder, int(batch), gradients[kind])
    return {"preprocessing": scipy_preprocessing, "reading": wfdb_reading, "bootstrap": scikit_bootstrap}[kind](folder)


def peak_megabytes():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def say(**facts):
    print(json.dumps(facts), flush=True)


def main(peer, name, folder):
    package = {"pytorch": "torch"}.get(peer, peer)
    answer, step = work(peer, name, pathlib.Path(folder))
    say(answer=answer, version=importlib.metadata.version(package))
    for line in sys.stdin:
        if line.strip() != "go":
            break
        start = time.perf_counter()
        step()
        say(seconds=time.perf_counter() - start)
    say(peak_megabytes=peak_megabytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
