# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user may choose of a capture, or knows about the video."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CaptureSettings:
    """None leaves it to the video."""

    estimator: str = "blazepose"
    fps: float | None = None
    """Frames a second to read the video at."""
    start: float | None = None
    """Seconds."""
    end: float | None = None
    """Seconds."""
    focal_length_px: float | None = None
    """Of the upright picture."""
    focal_35mm: float | None = None
    """The same as the 35 mm equivalent, millimetres."""
    height: float | None = None
    """Metres; how tall the main person is."""
    device: str = "auto"
    """Where hmr2's network runs: auto, cuda, mps, cpu."""
    precision: str = "auto"
    """Of hmr2's network: auto, bf16, fp16, fp32."""
    detector: str = "builtin"
    """Who finds people for hmr2: builtin, fasterrcnn, maskrcnn, keypointrcnn, or an .onnx file."""
    appearance: bool = False
    """Whether hmr2 tells people apart by what they wear, too."""
    compile: bool = False
    """Whether torch makes faster code of hmr2's network first."""
    smooth: str = "smoothnet"
    """A method of `motion.smoothing`."""
    smooth_strength: float = 0.5
    """0..1."""


def usual_strength(estimator: str) -> float:
    """How strongly to smooth what an estimator gives, 0..1.

    A network that looks at each frame by itself jitters, and takes full strength. After the built-in estimator's fit,
    which is smooth already, half of it halves the jitter and keeps 95 % of a hit (docs/smoothing.md).
    """
    return 1.0 if estimator == "hmr2" else 0.5
