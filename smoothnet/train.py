# SPDX-License-Identifier: GPL-3.0-or-later
"""Training: `python -m ghostcap.smoothnet.train MOCAP --out WEIGHTS` on packed motion capture (see mocap.py).

The loss is the published one, L1 of the position and of the acceleration, and the speed that is lost: smoothing may
round off noise, not the hit. The same seed gives the same weights on the same machine.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import fold

from ..motion.smoothing_network import NOISE_FLOOR, NOMINAL_FPS, measure_noise
from ..motion.tensors import write_tensors
from .mocap import Clip, Markers, read_cmu, read_uiprmd
from .model import SmoothNet, start_as_smoother, trend
from .scenes import HELD_OUT, HELD_OUT_MARKERS, Scene, draw_marker_scene, draw_scene

WINDOWS = (8, 16, 32, 64)
STRETCH = 450
"""Frames of motion capture that a scene takes from a clip at most."""
SEGMENT = 3
"""Windows that a stretch of training is long: the loss is that of the average over windows, ends included."""


@dataclass(frozen=True)
class Recipe:
    """How a network is made. The defaults made the shipped weights."""

    hidden_size: int = 64
    res_hidden_size: int = 32
    num_blocks: int = 1
    steps: int = 1000
    batch: int = 144
    """Stretches a step; half as many of twice the length."""
    rate: float = 1e-3
    cutoff: float = 4.5
    """Hertz: the linear smoother that training begins with."""
    acceleration: float = 8.0
    """Weight of the acceleration's error, for a window of 32."""
    lost_speed: float = 30.0
    """Weight of the speed lost where it peaks, for a window of 32."""
    seed: int = 4321


@dataclass(frozen=True)
class Losses:
    """Means over a batch; the second and third for a window of 32."""

    position: Tensor
    acceleration: Tensor
    lost_speed: Tensor

    def total(self, recipe: Recipe) -> Tensor:
        """What is minimised."""
        return self.position + recipe.acceleration * self.acceleration + recipe.lost_speed * self.lost_speed


def measure_losses(output: Tensor, clean: Tensor) -> Losses:
    """(B, 3, S) smoothed and true triples -> losses."""
    scale = output.shape[-1] / SEGMENT / 32
    acceleration = (output.diff(n=2, dim=-1) - clean.diff(n=2, dim=-1)).abs().mean() * scale**2
    velocity = clean.diff(dim=-1)
    speed = velocity.norm(dim=1)
    # Along the true direction: noise across it is no speed kept.
    kept = (output.diff(dim=-1) * velocity).sum(dim=1) / (speed + 1e-6)
    # Slow frames have no speed to lose: weigh each by its share of the peak.
    share = (speed / (speed.amax(dim=-1, keepdim=True) + 1e-4)) ** 4
    lost = (share * (speed - kept).clamp(min=0)).mean() * scale
    return Losses((output - clean).abs().mean(), acceleration, lost)


def smooth(model: SmoothNet, line: Tensor, noisy: Tensor, level: Tensor) -> Tensor:
    """The model as it is used: on windows less their straight lines, in units of the channels' noise, averaged.

    (B, 3, S) and the noise's level (B, 3, 1) -> (B, 3, S).
    """
    length, window = noisy.shape[-1], len(line)
    windows = (noisy / level).reshape(-1, length).unfold(-1, window, 1)
    straight = windows @ line
    nothing = model(torch.zeros(window))
    result = (model(windows - straight) - nothing + straight).transpose(1, 2)
    total = fold(result, (1, length), (1, window)).reshape(noisy.shape)
    covering = fold(torch.ones_like(result[:1]), (1, length), (1, window)).reshape(length)
    return total / covering * level


def train_network(
    window: int, clips: Sequence[Clip], markers: Sequence[Markers], recipe: Recipe, log: Path | None = None
) -> SmoothNet:
    """A network for one window size; writes the curves to `log` as CSV."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed + window)
    model = SmoothNet(window, recipe.hidden_size, recipe.res_hidden_size, recipe.num_blocks, 0.0)
    start_as_smoother(model, recipe.cutoff / (NOMINAL_FPS * window / 32))
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.rate, amsgrad=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, total_steps=recipe.steps)
    line = trend(window)
    seen = [clip for clip in clips if clip.subject not in HELD_OUT]
    seen_markers = [item for item in markers if item.subject not in HELD_OUT_MARKERS]
    unseen = [clip for clip in clips if clip.subject in HELD_OUT]
    batch = recipe.batch * min(32, window) // window
    check = draw_batches(window, unseen, [], np.random.default_rng(1), 2 * recipe.batch, 40)
    checked = next(check)
    rows: list[dict[str, float]] = []
    start = time.monotonic()
    for step, (noisy, clean, level) in enumerate(draw_batches(window, seen, seen_markers, rng, batch)):
        if step == recipe.steps:
            break
        loss = measure_losses(smooth(model, line, noisy, level), clean).total(recipe)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 200 == 0 or step == recipe.steps - 1:
            with torch.no_grad():
                before = measure_losses(*checked[:2])
                after = measure_losses(smooth(model, line, checked[0], checked[2]), checked[1])
            row = {"window": window, "step": step, "seconds": round(time.monotonic() - start, 1), "loss": loss.item()}
            for name in ("position", "acceleration", "lost_speed"):
                row[f"{name}_in"], row[name] = getattr(before, name).item(), getattr(after, name).item()
            rows.append(row)
            print(" ".join(f"{key} {value:.5g}" for key, value in row.items()), flush=True)
    if log is not None:
        with log.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return model.eval()


def draw_batches(
    window: int,
    clips: Sequence[Clip],
    markers: Sequence[Markers],
    rng: np.random.Generator,
    batch: int,
    scenes: int = 24,
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Endless batches from a pool of scenes that is renewed one by one.

    Noisy and true stretches (B, 3, S) and the level of the noise (B, 3, 1), as it is measured when weights are used.
    """
    nominal = NOMINAL_FPS * window / 32
    rates = (nominal / 1.45, nominal * 1.45)
    pool: list[Scene] = []
    while True:
        while len(pool) <= scenes:
            scene = _draw(clips, markers, rates, rng)
            if len(scene.clean) > SEGMENT * window:
                pool.append(scene)
        parts = [_cut(scene, SEGMENT * window, batch // scenes + 1, rng) for scene in pool[1:]]
        noisy, clean, level = (
            torch.from_numpy(np.concatenate(side).astype(np.float32)) for side in zip(*parts, strict=True)
        )
        yield noisy, clean, level
        pool.pop(0)


def _draw(
    clips: Sequence[Clip], markers: Sequence[Markers], rates: tuple[float, float], rng: np.random.Generator
) -> Scene:
    if markers and rng.random() < 0.15:
        return draw_marker_scene(markers[int(rng.integers(len(markers)))], rates, rng)
    # Long clips count for more, so that each second of motion is seen as often as any other.
    lengths = np.array([len(clip.root) for clip in clips], float)
    clip = clips[int(rng.choice(len(clips), p=lengths / lengths.sum()))]
    start = int(rng.integers(max(1, len(clip.root) - STRETCH)))
    part = slice(start, start + STRETCH)
    clip = Clip(clip.name, clip.subject, clip.fps, clip.rotations[part], clip.root[part], clip.rest)
    return draw_scene(clip, rates, rng)


def _cut(scene: Scene, length: int, count: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """`count` stretches at random, of another size and mirrored at random: noisy, true, level of the noise."""
    frames, triples = scene.clean.shape[:2]
    start = rng.integers(frames - length + 1, size=count)[:, None] + np.arange(length)
    triple = rng.integers(triples, size=count)[:, None]
    gain = np.exp(rng.uniform(-0.5, 0.5, (count, 1, 1))) * rng.choice([-1.0, 1.0], (count, 3, 1))
    noisy, clean = (np.swapaxes(side[start, triple], -1, -2) * gain for side in (scene.noisy, scene.clean))
    level = measure_noise(scene.noisy.reshape(frames, -1)).reshape(triples, 3)
    return noisy, clean, np.maximum(level[triple[:, 0], :, None] * np.abs(gain), NOISE_FLOOR)


def main(argv: Sequence[str] | None = None) -> None:
    """Train the networks of all window sizes and write them as safetensors."""
    parser = argparse.ArgumentParser(prog="python -m ghostcap.smoothnet.train", description=__doc__)
    parser.add_argument("mocap", type=Path, help="folder with cmu_*.npz and uiprmd_*.npz")
    parser.add_argument("--out", type=Path, required=True, help="folder for smoothnet_w*.safetensors and the curves")
    parser.add_argument("--windows", type=int, nargs="+", choices=WINDOWS, default=WINDOWS)
    for name, default in vars(Recipe()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default, help="(%(default)s)")
    parser.add_argument("--threads", type=int, default=0, help="of torch (default: its own choice)")
    arguments = parser.parse_args(argv)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    recipe = Recipe(**{name: getattr(arguments, name) for name in vars(Recipe())})
    clips, markers = read_cmu(arguments.mocap), read_uiprmd(arguments.mocap)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for window in arguments.windows:
        model = train_network(window, clips, markers, recipe, arguments.out / f"training_w{window}.csv")
        tensors = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}
        metadata = {
            "detrend": "1",
            "normalise": "1",
            "polish": "1",
            "fps": f"{NOMINAL_FPS * window / 32:g}",
            "license": "GPL-3.0-or-later",
        }
        write_tensors(arguments.out / f"smoothnet_w{window}.safetensors", tensors, metadata)


if __name__ == "__main__":
    main()
