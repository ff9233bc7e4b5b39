# SPDX-License-Identifier: GPL-3.0-or-later
"""SmoothNet in PyTorch, to train it: the published single-branch network with its parameters' names.

Zeng et al., SmoothNet: A Plug-and-Play Network for Refining Human Poses in Videos, ECCV 2022.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu


class Block(nn.Module):
    """A residual block over the hidden units."""

    def __init__(self, hidden_size: int, res_hidden_size: int, dropout: float) -> None:
        super().__init__()
        self.linear1 = nn.Linear(hidden_size, res_hidden_size)
        self.linear2 = nn.Linear(res_hidden_size, hidden_size)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(..., hidden_size) -> the same shape."""
        inner = leaky_relu(self.dropout(self.linear1(x)), 0.2)
        return x + leaky_relu(self.dropout(self.linear2(inner)), 0.2)


class SmoothNet(nn.Module):
    """One small network for every channel of a motion, over a window of time."""

    def __init__(
        self,
        window_size: int = 32,
        hidden_size: int = 512,
        res_hidden_size: int = 256,
        num_blocks: int = 3,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(window_size, hidden_size), nn.LeakyReLU(0.1))
        self.res_blocks = nn.ModuleList([Block(hidden_size, res_hidden_size, dropout) for _ in range(num_blocks)])
        self.decoder = nn.Linear(hidden_size, window_size)

    def forward(self, x: Tensor) -> Tensor:
        """(..., window_size) -> the same shape; the last axis is time."""
        x = self.encoder(x)
        for block in self.res_blocks:
            x = block(x)
        return self.decoder(x)


def model_from_state(state: dict[str, Tensor], dropout: float = 0.0) -> SmoothNet:
    """The network a state dict belongs to, sizes taken from the shapes; in evaluation mode."""
    hidden, window = state["encoder.0.weight"].shape
    blocks = sum(name.endswith("linear1.weight") for name in state)
    inner = state["res_blocks.0.linear1.weight"].shape[0] if blocks else 1
    model = SmoothNet(window, hidden, inner, blocks, dropout)
    model.load_state_dict(state)
    return model.eval()


def trend(window_size: int) -> Tensor:
    """(window_size, window_size) projection on straight lines in time."""
    time = torch.linspace(-1.0, 1.0, window_size, dtype=torch.float64)
    basis = torch.stack([torch.ones_like(time) / window_size**0.5, time / time.norm()], dim=1)
    return (basis @ basis.T).float()


def start_as_smoother(model: SmoothNet, cutoff: float) -> None:
    """Set the weights so that the network is a Whittaker smoother, which training then makes better.

    `cutoff` is in cycles a frame: half the amplitude is left there. The smoother's eigenvectors go in and out through
    pairs of hidden units with opposite signs, because LeakyReLU(x) - LeakyReLU(-x) = 1.1 x. Blocks begin as nothing.
    Eigenvectors that find no room are those of the quickest wiggles, which the smoother suppresses anyway.
    """
    # torch types the members of its containers as anything.
    first, blocks = cast("nn.Linear", model.encoder[0]), cast("list[Block]", list(model.res_blocks))
    hidden, window = first.weight.shape
    second = torch.diff(torch.eye(window, dtype=torch.float64), n=2, dim=0)
    roughness, basis = torch.linalg.eigh(second.T @ second)
    gain = 1.0 / (1.0 + roughness / (2.0 - 2.0 * torch.cos(torch.tensor(2 * torch.pi * cutoff))) ** 2)
    # The first two are the straight lines, which are taken out before.
    count = min(window - 2, hidden * 3 // 8)
    rows, gain = basis[:, 2 : 2 + count].T.float(), gain[2 : 2 + count].float()
    with torch.no_grad():
        first.weight[: 2 * count] = torch.cat([rows, -rows])
        first.bias.zero_()
        model.decoder.weight.mul_(0.05)
        model.decoder.weight[:, : 2 * count] = torch.cat([rows.T * gain, -rows.T * gain], dim=1) / 1.1
        model.decoder.bias.zero_()
        for block in blocks:
            block.linear2.weight.mul_(0.05)
            block.linear2.bias.zero_()
