# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole network: crops in, SMPL's parameters out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn

from .backbone import Backbone, BackboneSize
from .head import HeadSize, SmplHead, rotation_from_sixd


@dataclass(frozen=True)
class NetworkSize:
    """Sizes of both parts; the released network by default."""

    backbone: BackboneSize = field(default_factory=BackboneSize)
    head: HeadSize = field(default_factory=HeadSize)


class Prediction(NamedTuple):
    """What the network sees in B crops; float32."""

    rotations: Tensor
    """(B, 24, 3, 3) SMPL's joints relative to the parent, the root's relative to the camera (x right, y down)."""
    betas: Tensor
    """(B, 10)."""
    camera: Tensor
    """(B, 3) weak perspective camera of the crop: s, tx, ty."""


class Hmr2(nn.Module):
    """HMR 2.0. Backbone in any precision, head in float32: it is small, and what it says is what counts."""

    def __init__(self, size: NetworkSize | None = None) -> None:
        super().__init__()
        self.size = size or NetworkSize()
        self.backbone = Backbone(self.size.backbone)
        self.smpl_head = SmplHead(self.size.head)

    def forward(self, crops: Tensor) -> Prediction:
        """Crops (B, 3, 256, 256), normalised RGB, on the network's device."""
        margin = (crops.shape[-1] - self.size.backbone.width) // 2
        picture = crops[..., margin : margin + self.size.backbone.width]
        features = self.backbone(picture.to(self.backbone.pos_embed.dtype))
        pose, betas, camera = self.smpl_head(features.to(self.smpl_head.init_cam.dtype))
        return Prediction(rotation_from_sixd(pose.view(len(pose), -1, 6)), betas, camera)


def empty_network(size: NetworkSize | None = None) -> Hmr2:
    """The network with shapes and no memory behind them (meta device), ready for inference."""
    with torch.device("meta"):
        return Hmr2(size).eval().requires_grad_(False)


def random_network(size: NetworkSize | None = None, seed: int = 0) -> Hmr2:
    """The network with random weights, for benchmarks and tests: its answers mean nothing."""
    network = empty_network(size).to_empty(device="cpu")
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in network.state_dict().items():
        if name.endswith(("norm.weight", "norm1.weight", "norm2.weight")):
            tensor.fill_(1.0)
        elif name.endswith("init_cam"):
            tensor.copy_(torch.tensor([[0.9, 0.0, 0.0]]))
        elif name.endswith("init_body_pose"):
            tensor.copy_(torch.tensor([[1.0, 0, 0, 0, 1, 0]]).repeat(1, tensor.shape[1] // 6))
        elif tensor.ndim > 1:
            fan_in = tensor[0].numel()
            tensor.copy_(torch.randn(tensor.shape, generator=generator) * (0.5 * fan_in**-0.5))
        else:
            tensor.zero_()
    return network


def place_network(network: Hmr2, device: torch.device, dtype: torch.dtype) -> Hmr2:
    """Move it to a device, the backbone in this precision."""
    network.backbone.to(device=device, dtype=dtype)
    network.smpl_head.to(device=device, dtype=torch.float32)
    return network
