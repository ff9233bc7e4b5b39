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
        view = View(target, _AZIMUTH, _ELEVATION, self.distance, self.height, self.height)
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
    """Choose where to look from: one place when all motion fits a room, else following the main person."""
    joints = [track.joints.reshape(-1, 3) for track in tracks.values()]
    # Percentiles: a few frames gone astray must not push the viewer away.
    low, high = np.nanpercentile(np.concatenate(joints), [1, 99], axis=0)
    track = tracks[main]
    if (high - low)[:2].max() <= _ROOM_M:
        centre = (low + high) / 2
        targets = np.array([[centre[0], centre[1], max(high[2], 1.0) * 0.47]])
        reach = max(np.linalg.norm((high - low)[:2]) + 0.7, high[2] * 1.2, 2.2)
    else:
        root = track.joints[:, 0].copy()
        sigma = max(_FOLLOW_SIGMA_S * track.mocap_framerate, 1e-3)
        targets = gaussian_filter1d(root, sigma, axis=0, mode="nearest")
        targets[:, 2] = np.maximum(targets[:, 2], 0.8)
        reach = 2.9
    distance = float(reach / 2 / np.tan(np.radians(16.0))) + 0.6
    return Stage(body, decimate_body(body, _QUICK_VERTICES), tracks, targets, int(track.frame[0]), distance, height)


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
