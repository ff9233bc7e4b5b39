# SPDX-License-Identifier: GPL-3.0-or-later
"""How accurate captures are: people seen by several calibrated cameras, each camera captured on its own.

    python3 scripts/bench.py accuracy FOLDER [--captures DIR]

FOLDER holds a calibration by Qualisys (Calib*.txt) and, for each camera of it, a video of its name (cam01.mp4), all of
them in step: Pose2Sim's demos are such folders. The truth is triangulated from what all cameras saw together, robustly,
and filtered at 6 Hz. It comes from the same landmarks as the captures, so what these landmarks get wrong from
everywhere alike (where exactly a hip is) is not seen; what one camera can't know, depth and tilt above all, is.

Printed for each camera and person: joints with each frame aligned (PA), with the whole clip aligned once, with and
without scale (WA, rigid), the error of the vertical, of elbows and knees, and the length of the pelvis' path over the
true one. A camera that saw a person too little is left out of the truth and still scored.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import cv2
import numpy as np
from numpy.typing import NDArray

from ghostcap.hmr_backend.pipeline import capture_video
from ghostcap.hmr_backend.progress import Silent
from ghostcap.hmr_backend.settings import CaptureSettings
from ghostcap.motion.capture import Track, read_capture, read_tracks
from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.filters import butterworth
from ghostcap.motion.skeleton import JOINT, LANDMARK

Array = NDArray[np.floating]
PARTS = ("Hip", "Knee", "Ankle", "Shoulder", "Elbow", "Wrist")
JOINTS = [JOINT[f"{side}_{part}"] for part in PARTS for side in "LR"]
LANDMARKS = [LANDMARK[f"{side}_{part.lower()}"] for part in PARTS for side in ("left", "right")]
SUBPIXELS = 64
"""Qualisys gives intrinsics in 64ths of a pixel."""
SAME_PERSON = 25.0
"""Pixels, median: tracks of several cameras that meet within this are one person."""
CUTOFF = 6.0


@dataclass(frozen=True)
class CalibratedCamera:
    """A camera of the rig; world x goes to turn @ x + shift."""

    name: str
    intrinsics: Array
    distortion: Array
    turn: Array
    shift: Array


def main(argv: list[str]) -> int:
    """Print the table; 1 when nothing could be measured."""
    parser = argparse.ArgumentParser(prog="accuracy", description="Captures against several cameras' triangulation.")
    parser.add_argument("folder", type=Path, help="calibration and videos")
    parser.add_argument("--captures", type=Path, metavar="DIR", help="where the captures are, or shall be kept")
    arguments = parser.parse_args(argv)
    try:
        cameras = read_calibration(arguments.folder)
        with tempfile.TemporaryDirectory() as temporary:
            tracks = {
                camera.name: capture(arguments.folder / f"{camera.name}.mp4", arguments.captures or Path(temporary))
                for camera in cameras
            }
    except GhostcapError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    count = 1 + max(int(track.frame[-1]) for some in tracks.values() for track in some)
    seen = {camera.name: [rays(track, camera, count) for track in tracks[camera.name]] for camera in cameras}
    people = match_people(cameras, seen)
    if not people:
        print("error: no person was found in all of the videos.", file=sys.stderr)
        return 1
    columns = ("PA mm", "WA mm", "rigid mm", "vertical", "elbow", "knee", "path", "frames")
    print(f"{'person':8}{'camera':8}" + "".join(f"{column:>10}" for column in columns))
    rows = []
    for number, who in enumerate(people, 1):
        truth = triangulate(cameras, [seen[camera.name][who[camera.name]] for camera in cameras])
        fps = tracks[cameras[0].name][0].mocap_framerate
        smooth = butterworth(truth.reshape(count, -1), fps, CUTOFF).reshape(truth.shape)
        for camera in cameras:
            values = score(tracks[camera.name][who[camera.name]], smooth)
            rows.append(values)
            print(f"{number:<8}{camera.name:8}" + "".join(f"{value:10.2f}" for value in values))
        mean = np.mean(rows[-len(cameras) :], axis=0)
        print(f"{number:<8}{'mean':8}" + "".join(f"{value:10.2f}" for value in mean))
    return 0


def read_calibration(folder: Path) -> list[CalibratedCamera]:
    """Cameras of a file Calib*.txt by Qualisys; GhostcapError when there is none, or a video is missing."""
    files = sorted(folder.glob("Calib*.txt"))
    if not files:
        raise GhostcapError(f"{folder} holds no Calib*.txt.", "Give a folder as Pose2Sim's demos are.", "not_found")
    cameras = []
    for entry in ET.parse(files[0]).getroot().iter("camera"):  # noqa: S314 - the user's own file
        place, lens = entry.find("transform"), entry.find("intrinsic")
        if place is None or lens is None:
            raise GhostcapError(f"{files[0]} is not complete.", "Export the calibration again.", "bad_file")
        at = {key: float(value) for key, value in place.attrib.items()}
        by = {key: float(value) for key, value in lens.attrib.items() if key != "model"}
        # Qualisys' cameras look along -z with y up; ours along z with y down.
        turn = np.diag([1.0, -1.0, -1.0]) @ np.array([[at[f"r{row}{column}"] for column in "123"] for row in "123"])
        intrinsics = np.eye(3)
        intrinsics[0] = by["focalLengthU"], 0.0, by["centerPointU"]
        intrinsics[1] = 0.0, by["focalLengthV"], by["centerPointV"]
        intrinsics[:2] /= SUBPIXELS
        distortion = np.array(
            [by[f"radialDistortion{number}"] for number in (1, 2)]
            + [by[f"tangentalDistortion{number}"] for number in (1, 2)]
        )
        shift = -turn @ np.array([at[axis] for axis in "xyz"]) / 1000
        cameras.append(CalibratedCamera(entry.attrib["serial"], intrinsics, distortion, turn, shift))
    return cameras


def capture(video: Path, folder: Path) -> list[Track]:
    """The people of a video that are in most of it, captured now unless the capture is there."""
    target = folder / f"{video.stem}.capture"
    if not target.exists():
        capture_video(video, target, CaptureSettings(), Silent())
    found = read_capture(target)
    return [track for track in read_tracks(target, found).values() if len(track.frame) > found.video.frames / 2]


def rays(track: Track, camera: CalibratedCamera, count: int) -> Array:
    """(count, 12, 3) where the joints are on the plane at depth 1, and how sure that is; not a number where unseen."""
    out = np.full((count, len(LANDMARKS), 3), np.nan)
    pixels = np.asarray(track.keypoints_2d, dtype=float)[:, LANDMARKS]
    flat = cv2.undistortPoints(pixels[..., :2].reshape(-1, 1, 2), camera.intrinsics, camera.distortion)
    out[track.frame, :, :2] = flat.reshape(len(pixels), -1, 2)
    out[track.frame, :, 2] = np.clip(pixels[..., 2], 0, 1)
    return out


def match_people(cameras: list[CalibratedCamera], seen: dict[str, list[Array]]) -> list[dict[str, int]]:
    """For each person the number of its track in each camera: the combinations that meet best, each track once."""
    names = [camera.name for camera in cameras]
    choices = []
    for numbers in itertools.product(*(range(len(seen[name])) for name in names)):
        some = [seen[name][number] for name, number in zip(names, numbers, strict=True)]
        choices.append((residual(cameras, some, solve(cameras, some, [part[..., 2] for part in some])), numbers))
    people: list[dict[str, int]] = []
    for error, numbers in sorted(choices):
        who = dict(zip(names, numbers, strict=True))
        if error < SAME_PERSON and all(who[name] != other[name] for other in people for name in names):
            people.append(who)
    return people


def triangulate(cameras: list[CalibratedCamera], seen: Sequence[Array]) -> Array:
    """(T, 12, 3) metres: least squares, reweighted so that a camera that errs (limbs exchanged) loses its say."""
    weights = [part[..., 2] for part in seen]
    points = solve(cameras, seen, weights)
    for _ in range(5):
        weights = [
            part[..., 2] / (1 + (np.nan_to_num(distance(camera, part, points), nan=50.0) / 8.0) ** 2)
            for camera, part in zip(cameras, seen, strict=True)
        ]
        points = solve(cameras, seen, weights)
    return points


def solve(cameras: list[CalibratedCamera], seen: Sequence[Array], weights: Sequence[Array]) -> Array:
    """(T, 12, 3) by the linear method (Hartley and Zisserman, section 12.2)."""
    lines = []
    for camera, part, weight in zip(cameras, seen, weights, strict=True):
        matrix = np.concatenate([camera.turn, camera.shift[:, None]], 1)
        say = np.where(np.isfinite(part[..., 0]), np.maximum(np.nan_to_num(weight), 1e-3) ** 2, 0.0)[..., None]
        place = np.nan_to_num(part)
        lines += [say * (place[..., axis, None] * matrix[2] - matrix[axis]) for axis in (0, 1)]
    system = np.stack(lines, -2)
    point = np.linalg.eigh(np.swapaxes(system, -1, -2) @ system)[1][..., 0]
    return point[..., :3] / point[..., 3:]


def distance(camera: CalibratedCamera, part: Array, points: Array) -> Array:
    """(T, 12) pixels between what a camera saw and where the points are for it."""
    local = points @ camera.turn.T + camera.shift
    return np.linalg.norm(local[..., :2] / local[..., 2:] - part[..., :2], axis=-1) * camera.intrinsics[0, 0]


def residual(cameras: list[CalibratedCamera], seen: Sequence[Array], points: Array) -> float:
    """Median of `distance` over all cameras."""
    return float(np.nanmedian([distance(camera, part, points) for camera, part in zip(cameras, seen, strict=True)]))


def score(track: Track, truth: Array) -> list[float]:
    """PA, WA and rigid in mm, vertical, elbow and knee in degrees, path over true path, frames."""
    points, true = np.asarray(track.joints, dtype=float)[:, JOINTS], truth[track.frame]

    def error(a: Array) -> float:
        return float(1000 * np.linalg.norm(a - true, axis=-1).mean())

    each = np.stack([align(a, b, scale=True)[0] for a, b in zip(points, true, strict=True)])
    whole = align(points, true, scale=True)[0]
    rigid, turn = align(points, true, scale=False)
    up = np.degrees(np.arccos(np.clip(turn[2, 2], -1, 1)))
    bends = [
        float(np.degrees(np.abs(bend(points, first) - bend(true, first))).mean()) for first in (6, 0)
    ]  # shoulder-elbow-wrist, hip-knee-ankle
    path = [np.linalg.norm(np.diff(a[:, :2].mean(1), axis=0), axis=-1).sum() for a in (points, true)]
    return [error(each), error(whole), error(rigid), float(up), *bends, float(path[0] / path[1]), float(len(points))]


def align(points: Array, onto: Array, scale: bool) -> tuple[Array, Array]:
    """Points (..., 3) brought onto others by one similarity or rigid motion (Umeyama 1991), and its rotation."""
    a, b = points.reshape(-1, 3), onto.reshape(-1, 3)
    middle_a, middle_b = a.mean(0), b.mean(0)
    u, d, vt = np.linalg.svd((b - middle_b).T @ (a - middle_a))
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    turn = (u * sign) @ vt
    size = float((d * sign).sum() / ((a - middle_a) ** 2).sum()) if scale else 1.0
    return size * (points - middle_a) @ turn.T + middle_b, turn


def bend(points: Array, first: int) -> Array:
    """(T, 2) angle, left and right, at the second of three joints that follow each other in PARTS from `first` on."""
    start, middle, end = (points[:, first + 2 * step : first + 2 * step + 2] for step in range(3))
    a, b = start - middle, end - middle
    cosine = (a * b).sum(-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))
    return np.arccos(np.clip(cosine, -1, 1))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
