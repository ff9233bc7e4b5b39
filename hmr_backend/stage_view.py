# SPDX-License-Identifier: GPL-3.0-or-later
"""The room of the preview: the bodies on a floor, seen by a camera that keeps them in the picture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ..motion.body import Body
from ..motion.capture import Track
from ..motion.kinematics import pose_from_axis_angle
from ..motion.skeleton import BONES
from .mannequin import decimate_body
from .overlay import track_colour
from .painter import Colour, Surface, View, paint_floor, paint_line, paint_shadow, paint_surfaces

Array = NDArray[np.floating]
Image = NDArray[np.uint8]

_QUICK_VERTICES = 2000
_CHUNK = 32
_AZIMUTH = np.radians(35.0)
_ELEVATION = np.radians(14.0)
_WOOD = np.array([206.0, 172.0, 130.0])
_FIELD = np.radians(32.0)
_ROOM_M = 5.0
"""Motion that takes more room than this is followed; less is seen from one place."""
_FOLLOW_SIGMA_S = 0.7


@dataclass
class Stage:
    """Draws any frame; posed meshes are kept for the frames around the last one asked for."""

    body: Body
    quick: Body
    tracks: dict[int, Track]
    targets: Array
    """(T, 3) what the viewer looks at, by frame number from `first`; one row when the viewer stands still."""
    first: int
    distance: float
    height: int
    _posed: dict[tuple[int, int], Array] = field(default_factory=dict)
    _floor: Image | None = None

    def draw(self, frame: int, fine: bool = False) -> Image:
        """RGB (height, height, 3). `fine` takes the whole mesh in place of the quick one."""
        still = len(self.targets) == 1
        target = self.targets[0 if still else int(np.clip(frame - self.first, 0, len(self.targets) - 1))]
        view = View(target, _AZIMUTH, _ELEVATION, self.distance, self.height, self.height, _FIELD)
        if self._floor is None or not still:
            self._floor = paint_floor(view)
        image = self._floor.copy()
        surfaces = []
        for number, track in self.tracks.items():
            row = frame - int(track.frame[0])
            if not 0 <= row < len(track.frame):
                continue
            colour = track_colour(number)
            path = track.joints[: row + 1, 0] * [1.0, 1.0, 0.0]
            paint_line(image, view, path[:: max(1, len(path) // 200)], colour, 2)
            paint_shadow(image, view, track.joints[row], BONES)
            mesh = self._fine_mesh(track, row) if fine else self._quick_mesh(number, row)
            faces = (self.body if fine else self.quick).faces
            surfaces.append(Surface(mesh, faces, _tint(colour, faint=not track.observed[row])))
        paint_surfaces(image, view, surfaces)
        return image

    def _fine_mesh(self, track: Track, row: int) -> Array:
        return _skin(self.body, track, slice(row, row + 1))[0]

    def _quick_mesh(self, number: int, row: int) -> Array:
        """Skinned in chunks: per frame the overhead would cost more than the arithmetic."""
        if (number, row) not in self._posed:
            start = row - row % _CHUNK
            meshes = _skin(self.quick, self.tracks[number], slice(start, start + _CHUNK))
            self._posed = {key: mesh for key, mesh in self._posed.items() if key[0] != number}
            self._posed.update({(number, start + offset): mesh for offset, mesh in enumerate(meshes)})
        return self._posed[number, row]


def set_stage(body: Body, tracks: dict[int, Track], main: int, height: int) -> Stage:
    """Choose where to look from: one place when all motion fits a room, else following the people.

    Who is far from everybody else is left out: a person of two pixels shows nothing.
    """
    everything = np.concatenate([track.joints.reshape(-1, 3) for track in tracks.values()])
    # Percentiles: a few frames gone astray must not push the viewer away.
    low, high = np.nanpercentile(everything, [1, 99], axis=0)
    top = max(float(high[2]), 1.0)
    first = min(int(track.frame[0]) for track in tracks.values())
    if (high - low)[:2].max() <= _ROOM_M:
        targets, reach = (low + high)[None] / 2, float(np.linalg.norm((high - low)[:2]))
    else:
        targets, reach = _follow(tracks, first)
        if reach > _ROOM_M:
            first = int(tracks[main].frame[0])
            targets, reach = _follow({main: tracks[main]}, first)
    targets[:, 2] = 0.47 * top
    reach = max(reach + 0.7, 1.2 * top, 2.2)
    distance = float(reach / 2 / np.tan(_FIELD / 2)) + 0.6
    return Stage(body, decimate_body(body, _QUICK_VERTICES), tracks, targets, first, distance, height)


def _follow(tracks: dict[int, Track], first: int) -> tuple[Array, float]:
    """Middle of the people by frame (T, 3), calmed, and how far they mostly are apart in metres."""
    last = max(int(track.frame[-1]) for track in tracks.values())
    low, high = np.full((2, last - first + 1, 2), np.nan)
    for track in tracks.values():
        rows = track.frame - first
        low[rows] = np.fmin(low[rows], np.nanmin(track.joints[..., :2], axis=1))
        high[rows] = np.fmax(high[rows], np.nanmax(track.joints[..., :2], axis=1))
    known = np.flatnonzero(np.isfinite(low).all(1))
    everywhere = np.arange(len(low))
    middle = (low + high) / 2
    middle = np.stack([np.interp(everywhere, known, middle[known, axis]) for axis in (0, 1)], -1)
    rate = next(iter(tracks.values())).mocap_framerate
    targets = np.zeros((len(middle), 3))
    targets[:, :2] = gaussian_filter1d(middle, max(_FOLLOW_SIGMA_S * rate, 1e-3), axis=0, mode="nearest")
    return targets, float(np.percentile(np.linalg.norm(high[known] - low[known], axis=1), 90))


def _skin(body: Body, track: Track, rows: slice) -> Array:
    posed = pose_from_axis_angle(track.poses[rows], body.rest_joints(track.betas), track.trans[rows])
    return body.pose(track.betas, posed)


def _tint(colour: Colour, faint: bool) -> Colour:
    """Wood with a touch of the person's colour; grey where the motion was bridged."""
    mixed = 0.72 * _WOOD + 0.28 * np.array(colour, dtype=float)
    if faint:
        mixed = 0.35 * mixed + 0.65 * 110
    red, green, blue = mixed.round().astype(int).tolist()
    return red, green, blue
