# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves of both people over the user's time, phases shaded, as SVG that needs nothing else."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from ...motion.compare.angles import ANGLES
from ...motion.compare.coaching import LANGUAGES, name_phase, read_colouring, read_words
from ...motion.compare.comparison import Comparison

Array = NDArray[np.floating]
_WIDTH, _HEIGHT = 440, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 8, 24, 24
_ALWAYS = (
    "left_knee_flexion",
    "right_knee_flexion",
    "left_elbow_flexion",
    "right_elbow_flexion",
    "trunk_lean",
    "x_factor",
)
_MOST_POINTS = 400


def choose_angles(result: Comparison) -> tuple[list[int], list[int]]:
    """Indices of ANGLES: those to show at once (the findings' first), and the rest."""
    keys = [angle.key for angle in ANGLES]
    spoken = [f"{one.side}_{one.name}" if one.side else one.name for one in result.findings if one.kind == "angle"]
    first = list(dict.fromkeys(keys.index(key) for key in (*spoken, *_ALWAYS) if key in keys))
    return first, [index for index in range(len(ANGLES)) if index not in first]


def draw_angle(result: Comparison, index: int) -> str:
    """An <svg> of one angle in degrees."""
    deviations = result.deviations
    sure = deviations.sure[:, ANGLES[index].joint]
    both = np.degrees(np.stack([deviations.user_angles[:, index], deviations.athlete_angles[:, index]]))
    if ANGLES[index].wraps:
        # The athlete's curve on the same turn of the circle as the user's.
        both[1] = both[0] - np.degrees(deviations.angle_difference[:, index])
    shown = np.where(sure, both, np.nan)
    finite = shown[np.isfinite(shown)]
    if not len(finite):
        finite = np.array([0.0, 1.0])
    low, high = float(finite.min()), float(finite.max())
    pad = max(0.08 * (high - low), 4.0)
    low, high = low - pad, high + pad
    start, stop = (float(result.time.user[row]) / result.user.fps for row in (0, -1))
    seconds = np.asarray(result.time.user, dtype=float) / result.user.fps

    def x_of(time: Array | float) -> Array:
        return _LEFT + (np.asarray(time) - start) / max(stop - start, 1e-6) * (_WIDTH - _LEFT - _RIGHT)

    def y_of(value: Array | float) -> Array:
        return _TOP + (high - np.asarray(value)) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    colouring = read_colouring()
    label = read_words("en")["angles"][ANGLES[index].key]
    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}">']
    parts += _shade_phases(result, x_of, start)
    for value in _ticks(low, high):
        y = float(y_of(value))
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{value:g}°</text>')
    for value in _ticks(start, stop):
        parts.append(f'<text x="{float(x_of(value)):.1f}" y="{_HEIGHT - 6}" text-anchor="middle">{value:g} s</text>')
    for curve, colour in zip(shown[::-1], (colouring.ghost, colouring.user), strict=True):
        parts += _polylines(x_of(seconds), y_of(curve), colour)
    for finding in result.findings:
        angle = ANGLES[index]
        if finding.kind == "angle" and (finding.name, finding.side) == (angle.name, angle.side):
            x = float(x_of(seconds[finding.row]))
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}" class="worst"/>')
    parts.append("</svg>")
    return "".join(parts)


def _shade_phases(result: Comparison, x_of: object, start: float) -> list[str]:
    place = x_of
    parts = []
    for number, phase in enumerate(result.phases):
        edges = [
            float(np.clip(place(start + edge / result.user.fps), _LEFT, _WIDTH - _RIGHT))  # type: ignore[operator]
            for edge in (phase.start, phase.stop)
        ]
        width = edges[1] - edges[0]
        parts.append(
            f'<rect x="{edges[0]:.1f}" y="{_TOP}" width="{max(width, 0):.1f}" height="{_HEIGHT - _TOP - _BOTTOM}" '
            f'class="phase{number % 2}"/>'
        )
        for language in LANGUAGES:
            name = name_phase(phase, language)
            # A name that does not fit its band would lie on the next one.
            if width > len(name) * (6.0 if language == "en" else 11.0):
                parts.append(f'<text x="{edges[0] + 3:.1f}" y="{_TOP - 8}" class="{language}">{escape(name)}</text>')
    return parts


def _polylines(x: Array, y: Array, colour: tuple[int, int, int]) -> list[str]:
    """One line for each stretch without gaps."""
    step = max(1, len(x) // _MOST_POINTS)
    x, y = x[::step], y[::step]
    known = np.isfinite(y).astype(np.int8)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known, [0]])))
    red, green, blue = colour
    lines = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x[first:last], y[first:last], strict=True))
        if last - first == 1:
            lines.append(f'<circle cx="{x[first]:.1f}" cy="{y[first]:.1f}" r="3" fill="rgb({red},{green},{blue})"/>')
        else:
            lines.append(f'<polyline points="{points}" stroke="rgb({red},{green},{blue})"/>')
    return lines


def _ticks(low: float, high: float) -> list[float]:
    """Three to seven round numbers."""
    if not high > low:
        return [round(low, 2)]
    raw = (high - low) / 5
    power = 10 ** np.floor(np.log10(raw))
    step = float(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw))
    return [round(float(value), 6) + 0.0 for value in np.arange(np.ceil(low / step) * step, high + 1e-9, step)]
