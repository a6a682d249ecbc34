"""The network in PyTorch, with the tensor names of the published checkpoints."""

import math

import torch
from torch import nn
from torch.nn import functional

FILTERS = [64, 160, 160, 400, 400, 1024, 1024]
BLOCKS = [2, 2, 2, 3, 3, 4, 4]


class SameConv(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, groups=1):
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.conv = nn.Conv1d(inputs, outputs, kernel, stride, groups=groups)

    def forward(self, x):
        outputs = (x.shape[-1] + self.stride - 1) // self.stride
        pad = max(0, (outputs - 1) * self.stride + self.kernel - x.shape[-1])
        if pad:
            x = functional.pad(x, (pad // 2, pad - pad // 2))
        return self.conv(x)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, first, dropout):
        super().__init__()
        self.first, self.stride = first, stride
        self.before = (outputs - inputs) // 2
        self.after = outputs - inputs - self.before
        self.bn1 = nn.BatchNorm1d(inputs)
        self.conv1 = SameConv(inputs, outputs, 1)
        self.bn2 = nn.BatchNorm1d(outputs)
        self.conv2 = SameConv(outputs, outputs, 16, stride, outputs // 16)
        self.bn3 = nn.BatchNorm1d(outputs)
        self.conv3 = SameConv(outputs, outputs, 1)
        self.se_fc1 = nn.Linear(outputs, outputs // 2)
        self.se_fc2 = nn.Linear(outputs // 2, outputs)
        self.dropout = nn.Dropout(dropout)

    def activate(self, norm, x):
        return self.dropout(functional.silu(norm(x)))

    def forward(self, x):
        branch = x if self.first else self.activate(self.bn1, x)
        branch = self.activate(self.bn2, self.conv1(branch))
        branch = self.conv3(self.activate(self.bn3, self.conv2(branch)))
        gate = self.se_fc2(functional.silu(self.se_fc1(branch.mean(-1)))).sigmoid()
        branch = branch * gate.unsqueeze(-1)
        if self.stride == 2:
            x = functional.max_pool1d(functional.pad(x, (0, x.shape[-1] % 2)), 2)
        if self.before or self.after:
            x = functional.pad(x, (0, 0, self.before, self.after))
        return branch + x


class Stage(nn.Module):
    def __init__(self, inputs, outputs, blocks, first, dropout):
        super().__init__()
        self.block_list = nn.ModuleList(
            Block(inputs if i == 0 else outputs, outputs, 2 if i == 0 else 1, first and i == 0, dropout)
            for i in range(blocks)
        )


class Net1d(nn.Module):
    """`ecgfounder-12` with its norms in use."""

    def __init__(self, dropout=0.0, classes=4):
        super().__init__()
        self.first_conv = SameConv(12, 64, 16, 2)
        self.first_bn = nn.BatchNorm1d(64)
        widths = [64, *FILTERS]
        self.stage_list = nn.ModuleList(
            Stage(widths[s], widths[s + 1], BLOCKS[s], s == 0, dropout) for s in range(len(FILTERS))
        )
        self.dense = nn.Linear(FILTERS[-1], classes)

    def forward(self, x):
        x = functional.silu(self.first_bn(self.first_conv(x)))
        for stage in self.stage_list:
            for block in stage.block_list:
                x = block(x)
        return self.dense(x.mean(-1))


def recipe(network: Net1d) -> dict[str, torch.Tensor]:
    """Weights by a formula: tensor k of the floating-point tensors, element i."""
    state, number = {}, 0
    for name, tensor in network.state_dict().items():
        if not tensor.is_floating_point():
            state[name] = torch.zeros_like(tensor)
            continue
        i = torch.arange(tensor.numel(), dtype=torch.float64)
        f = torch.sin(0.7 * i + 1.3 * number + 0.1)
        if name.endswith("running_mean"):
            value = 0.1 * f
        elif name.endswith("running_var"):
            value = 1 + 0.3 * f
        elif "bn" in name:
            value = 1 + 0.2 * f if name.endswith("weight") else 0.1 * f
        elif name.endswith("weight"):
            value = f * 1.5 / math.sqrt(math.prod(tensor.shape[1:]))
        else:
            value = 0.05 * f
        state[name] = value.to(torch.float32).reshape(tensor.shape)
        number += 1
    return state
