# SPDX-License-Identifier: GPL-3.0-or-later
"""The head: one query asks the features of the picture for SMPL's parameters (a transformer decoder).

Parameter names and shapes are the checkpoint's.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

JOINTS = 24


@dataclass(frozen=True)
class HeadSize:
    """Sizes of the decoder; the released ones by default."""

    dim: int = 1024
    depth: int = 6
    heads: int = 8
    dim_head: int = 64
    mlp_dim: int = 1024
    context_dim: int = 1280


def _project_out(size: HeadSize) -> nn.Module:
    """After attention; a single head as wide as the token needs none."""
    if size.heads == 1 and size.dim_head == size.dim:
        return nn.Identity()
    return nn.Sequential(nn.Linear(size.heads * size.dim_head, size.dim), nn.Dropout(0.0))


class SelfAttention(nn.Module):
    """Self-attention of a single token. Its softmax over one is 1, so only the values count."""

    def __init__(self, size: HeadSize) -> None:
        super().__init__()
        inner = size.heads * size.dim_head
        self.to_qkv = nn.Linear(size.dim, 3 * inner, bias=False)
        self.to_out = _project_out(size)

    def forward(self, token: Tensor) -> Tensor:
        inner = self.to_qkv.out_features // 3
        return self.to_out(functional.linear(token, self.to_qkv.weight[2 * inner :]))


class CrossAttention(nn.Module):
    """A single query (B, 1, dim) over the features (B, N, context_dim)."""

    def __init__(self, size: HeadSize) -> None:
        super().__init__()
        inner = size.heads * size.dim_head
        self.heads, self.dim_head = size.heads, size.dim_head
        self.to_kv = nn.Linear(size.context_dim, 2 * inner, bias=False)
        self.to_q = nn.Linear(size.dim, inner, bias=False)
        self.to_out = _project_out(size)

    def forward(self, token: Tensor, context: Tensor) -> Tensor:
        # q . (K c) = (K^T q) . c, and V is linear too: with one query both matrices are applied to vectors, and not to
        # all tokens of the picture, which takes a thirtieth of the work.
        key, value = self.to_kv.weight.view(2, self.heads, self.dim_head, -1)
        query = self.to_q(token[:, 0]).view(-1, self.heads, self.dim_head)
        asked = torch.einsum("bhd,hdc->bhc", query, key) * self.dim_head**-0.5
        weight = torch.softmax(asked @ context.transpose(1, 2), dim=-1)
        answer = torch.einsum("bhc,hdc->bhd", weight @ context, value)
        return self.to_out(answer.flatten(1)[:, None])


class FeedForward(nn.Module):
    """Two layers with an exact GELU between."""

    def __init__(self, size: HeadSize) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(size.dim, size.mlp_dim),
            nn.GELU(),
            nn.Dropout(0.0),
            nn.Linear(size.mlp_dim, size.dim),
            nn.Dropout(0.0),
        )

    def forward(self, token: Tensor) -> Tensor:
        return self.net(token)


class PreNorm(nn.Module):
    """Layer norm, then `fn`. The features it looks at are not normed."""

    def __init__(self, dim: int, fn: nn.Module) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fn = fn

    def forward(self, token: Tensor, *context: Tensor) -> Tensor:
        return self.fn(self.norm(token), *context)


class CrossLayers(nn.Module):
    """The layers of the decoder, each self-attention, cross-attention, feed-forward."""

    def __init__(self, size: HeadSize) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.ModuleList(
                [
                    PreNorm(size.dim, SelfAttention(size)),
                    PreNorm(size.dim, CrossAttention(size)),
                    PreNorm(size.dim, FeedForward(size)),
                ]
            )
            for _ in range(size.depth)
        )

    def forward(self, token: Tensor, context: Tensor) -> Tensor:
        for layer in self.layers:
            attend, look, think = layer  # type: ignore[misc] - a ModuleList is iterable, torch's stubs don't say so
            token = token + attend(token)
            token = token + look(token, context)
            token = token + think(token)
        return token


class Decoder(nn.Module):
    """The query, and what it learns from the features (B, N, context_dim) -> (B, 1, dim)."""

    def __init__(self, size: HeadSize) -> None:
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.zeros(1, 1, size.dim))
        self.to_token_embedding = nn.Linear(1, size.dim)
        self.transformer = CrossLayers(size)

    def forward(self, context: Tensor) -> Tensor:
        # The query's input is zero: of the embedding only the bias counts.
        token = (self.to_token_embedding.bias + self.pos_embedding).expand(len(context), -1, -1)
        return self.transformer(token, context)


class SmplHead(nn.Module):
    """Features (B, N, context_dim) -> pose as 24 x 6 numbers (B, 144), betas (B, 10), weak camera (B, 3) s, tx, ty."""

    init_body_pose: Tensor
    init_betas: Tensor
    init_cam: Tensor

    def __init__(self, size: HeadSize) -> None:
        super().__init__()
        self.transformer = Decoder(size)
        self.decpose = nn.Linear(size.dim, 6 * JOINTS)
        self.decshape = nn.Linear(size.dim, 10)
        self.deccam = nn.Linear(size.dim, 3)
        self.register_buffer("init_body_pose", torch.zeros(1, 6 * JOINTS))
        self.register_buffer("init_betas", torch.zeros(1, 10))
        self.register_buffer("init_cam", torch.zeros(1, 3))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        token = self.transformer(features)[:, 0]
        return (
            self.decpose(token) + self.init_body_pose,
            self.decshape(token) + self.init_betas,
            self.deccam(token) + self.init_cam,
        )


def rotation_from_sixd(sixd: Tensor) -> Tensor:
    """First and second column one after the other, made orthonormal (Zhou et al. 2019). (..., 6) -> (..., 3, 3).

    The same as `motion.rotations.matrix_from_sixd`, on the network's device.
    """
    first = functional.normalize(sixd[..., :3], dim=-1)
    second = sixd[..., 3:]
    second = functional.normalize(second - (first * second).sum(-1, keepdim=True) * first, dim=-1)
    return torch.stack([first, second, torch.linalg.cross(first, second, dim=-1)], dim=-1)
