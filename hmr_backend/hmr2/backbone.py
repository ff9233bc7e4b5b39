# SPDX-License-Identifier: GPL-3.0-or-later
"""The backbone: a vision transformer (Dosovitskiy et al. 2021) as ViTPose has it (Xu et al. 2022), without classifier.

Parameter names and shapes are the checkpoint's.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

PADDING = 2
"""Pixels around the picture; part of how the weights were trained."""


@dataclass(frozen=True)
class BackboneSize:
    """Sizes of the network; ViT-H by default."""

    height: int = 256
    width: int = 192
    patch: int = 16
    width_of_token: int = 1280
    depth: int = 32
    heads: int = 16
    mlp_ratio: float = 4.0
    qkv_bias: bool = True

    @property
    def rows(self) -> int:
        """Of the token grid."""
        return self.height // self.patch

    @property
    def columns(self) -> int:
        """Of the token grid."""
        return self.width // self.patch


class PatchEmbed(nn.Module):
    """Picture (B, 3, H, W) -> tokens (B, rows * columns, C), row by row."""

    def __init__(self, size: BackboneSize) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, size.width_of_token, size.patch, stride=size.patch, padding=PADDING)

    def forward(self, picture: Tensor) -> Tensor:
        # A patch is seen once, so this is one matrix product: faster than a convolution of three channels, and in full
        # precision where CUDA's convolutions of float32 are not.
        patch, (height, width) = self.proj.kernel_size[0], picture.shape[2:]
        rows, columns = ((side + 2 * PADDING) // patch for side in (height, width))
        sides = [PADDING, columns * patch - width - PADDING, PADDING, rows * patch - height - PADDING]
        cells = functional.pad(picture, sides).unflatten(3, (columns, patch)).unflatten(2, (rows, patch))
        each = cells.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)
        return functional.linear(each, self.proj.weight.flatten(1), self.proj.bias)


class Attention(nn.Module):
    """Multi-head self-attention (B, N, C) -> (B, N, C)."""

    def __init__(self, size: BackboneSize) -> None:
        super().__init__()
        self.heads = size.heads
        self.qkv = nn.Linear(size.width_of_token, 3 * size.width_of_token, bias=size.qkv_bias)
        self.proj = nn.Linear(size.width_of_token, size.width_of_token)

    def forward(self, tokens: Tensor) -> Tensor:
        batch, count, width = tokens.shape
        qkv = self.qkv(tokens).view(batch, count, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        return self.proj(mixed.transpose(1, 2).reshape(batch, count, width))


class Mlp(nn.Module):
    """Two layers with an exact GELU between."""

    def __init__(self, size: BackboneSize) -> None:
        super().__init__()
        hidden = int(size.width_of_token * size.mlp_ratio)
        self.fc1 = nn.Linear(size.width_of_token, hidden)
        self.fc2 = nn.Linear(hidden, size.width_of_token)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(tokens)))


class Block(nn.Module):
    """Pre-norm transformer block."""

    def __init__(self, size: BackboneSize) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(size.width_of_token, eps=1e-6)
        self.attn = Attention(size)
        self.norm2 = nn.LayerNorm(size.width_of_token, eps=1e-6)
        self.mlp = Mlp(size)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.attn(self.norm1(tokens))
        return tokens + self.mlp(self.norm2(tokens))


class Backbone(nn.Module):
    """Picture (B, 3, 256, 192), normalised RGB -> features (B, 192, 1280), a token for each patch, row by row."""

    def __init__(self, size: BackboneSize) -> None:
        super().__init__()
        self.patch_embed = PatchEmbed(size)
        self.pos_embed = nn.Parameter(torch.zeros(1, size.rows * size.columns + 1, size.width_of_token))
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.depth))
        self.last_norm = nn.LayerNorm(size.width_of_token, eps=1e-6)

    def forward(self, picture: Tensor) -> Tensor:
        # There is no class token, yet its position is added to all.
        tokens = self.patch_embed(picture) + (self.pos_embed[:, 1:] + self.pos_embed[:, :1])
        for block in self.blocks:
            tokens = block(tokens)
        return self.last_norm(tokens)
