# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a capture as PHALP's result file, field by field, for the tools of 4D-Humans.

The fields are those that PHALP writes without rendering (no appe, loca, pose). What a capture does not know:
masks are empty, shots are 0, and joints that are none of SMPL's skeleton (eyes, toes, regressed ones) sit where the
nearest landmark or joint is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import joblib
import numpy as np
from numpy.typing import NDArray

from ...motion.archive import written_whole
from ...motion.body import Body
from ...motion.capture import Capture, Track
from ...motion.kinematics import pose_skeleton
from ...motion.rotations import matrix_from_axis_angle
from ...motion.skeleton import JOINT, LANDMARK
from ..fitting.markers import OFFSET
from ..fitting.normal import Shape, place_markers
from ..fitting.shape import stature
from ..hmr2.camera import original_focal, to_original_focal
from .phalp import SMPL_JOINTS

Array = NDArray[np.floating]
_BRIDGED: Final = -1
"""tracked_time of frames that were filled in after tracking."""
_MARKERS: Final = {
    0: "nose", 15: "right_eye", 16: "left_eye", 17: "right_ear", 18: "left_ear", 19: "left_foot_index",
    20: "left_foot_index", 21: "left_heel", 22: "right_foot_index", 23: "right_foot_index", 24: "right_heel",
}  # fmt: skip
"""Rows of OpenPose's 25 joints that are taken from landmarks; both toes of a foot from its one."""
_REGRESSED: Final = (
    "R_Ankle", "R_Knee", "R_Hip", "L_Hip", "L_Knee", "L_Ankle", "R_Wrist", "R_Elbow", "R_Shoulder", "L_Shoulder",
    "L_Elbow", "L_Wrist", "Neck", "Head", "Pelvis", "Spine3", "Spine2", "Head", "Head",
)  # fmt: skip
"""The joint of SMPL's skeleton nearest to each of the 19 regressed ones."""


def write_phalp(path: Path, capture: Capture, tracks: dict[int, Track], body: Body) -> None:
    """Write results/demo_*.pkl whole or not at all."""
    height, width = capture.video.height, capture.video.width
    stem = Path(capture.video.path).stem or "capture"
    people = {number: _person_rows(track, capture, body) for number, track in tracks.items()}
    frames: dict[str, Any] = {}
    for index in range(capture.video.frames):
        name = f"{index + 1:06d}.jpg"
        frame = _empty_frame(index, f"{stem}/img/{name}")
        frames[f"{stem}/img/{name}"] = frame
        for number, rows in people.items():
            k = index - int(tracks[number].frame[0])
            if 0 <= k < len(tracks[number].frame):
                _add_person(frame, number, rows, k, name, (height, width))
    with written_whole(path) as temporary:
        joblib.dump(frames, temporary, compress=3)


def _empty_frame(index: int, path: str) -> dict[str, Any]:
    lists = (
        "tracked_ids", "tracked_bbox", "tid", "bbox", "tracked_time", "center", "scale", "size", "img_path", "img_name",
        "class_name", "conf", "annotations", "smpl", "camera", "camera_bbox", "3d_joints", "2d_joints", "mask",
        "extra_data",
    )  # fmt: skip
    return {"time": index, "shot": 0, "frame_path": path, **{name: [] for name in lists}}


def _add_person(
    frame: dict[str, Any], number: int, rows: dict[str, NDArray[Any]], k: int, name: str, size: tuple[int, int]
) -> None:
    height, width = size
    observed = bool(rows["observed"][k])
    frame["tid"].append(number)
    frame["tracked_time"].append(0 if observed else _BRIDGED)
    frame["bbox"].append(rows["bbox"][k].astype(np.float32))
    if observed:
        frame["tracked_ids"].append(number)
        frame["tracked_bbox"].append(rows["bbox"][k].astype(np.float32))
    frame["center"].append(rows["centre"][k].astype(np.float64))
    frame["scale"].append(float(rows["side"][k] / max(height, width)))
    frame["size"].append([height, width])
    frame["img_path"].append(frame["frame_path"])
    frame["img_name"].append(name)
    frame["class_name"].append(np.int64(0))
    frame["conf"].append(np.float32(rows["confidence"][k]))
    frame["annotations"].append([])
    rotations = rows["rotations"][k].astype(np.float32)
    betas = rows["betas"][k].astype(np.float32)
    frame["smpl"].append({"global_orient": rotations[:1], "body_pose": rotations[1:], "betas": betas})
    for field in ("camera", "camera_bbox", "3d_joints", "2d_joints"):
        frame[field].append(rows[field][k].astype(np.float32))
    frame["mask"].append([{"size": [height, width], "counts": encode_counts([height * width])}])
    frame["extra_data"].append(len(frame["tid"]) - 1)


def _person_rows(track: Track, capture: Capture, body: Body) -> dict[str, NDArray[Any]]:
    camera = capture.camera
    height, width = capture.video.height, capture.video.width
    local = matrix_from_axis_angle(track.poses.reshape(-1, 24, 3))
    local[:, 0] = camera.world_from_camera().T @ local[:, 0]
    rest = body.rest_joints(track.betas)
    root = camera.to_camera(track.joints[:, 0])
    translation = root - rest[0]
    joints = _joints44(local, rest, track.betas, body)
    focal = original_focal(width, height)
    theirs = to_original_focal(translation, camera.focal_px, width, height)
    points = np.concatenate([joints, np.zeros((len(joints), 1, 3))], axis=1)
    seen = points + theirs[:, None]
    longest = max(width, height)
    pixels = focal * seen[..., :2] / seen[..., 2:] + [width / 2, height / 2]
    pad = [(longest - width) // 2, (longest - height) // 2]
    box = _boxes(track, pixels)
    size = box[:, 2:]
    side = np.maximum(size[:, 1], size[:, 0] * 4 / 3)
    centre = box[:, :2] + size / 2
    scale = 2 * focal / theirs[:, 2] / side
    offset = 2 * (centre - [width / 2, height / 2]) / (side * scale)[:, None]
    weak = np.concatenate([scale[:, None], theirs[:, :2] - offset], axis=1)
    return {
        "observed": track.observed,
        "confidence": track.confidence,
        "rotations": local,
        "betas": np.broadcast_to(track.betas, (len(local), 10)),
        "bbox": box,
        "centre": centre,
        "side": side,
        "camera": theirs,
        "camera_bbox": weak,
        "3d_joints": points,
        "2d_joints": ((pixels + pad) / longest).reshape(len(local), -1),
    }


def _boxes(track: Track, pixels: Array) -> Array:
    """(T, 4) x, y, w, h px; around the joints where the capture has none."""
    around = np.concatenate([pixels.min(axis=1), pixels.max(axis=1)], axis=1)
    box = np.where(np.isfinite(track.bbox).all(axis=1, keepdims=True), track.bbox, around)
    return np.concatenate([box[:, :2], np.maximum(box[:, 2:] - box[:, :2], 1.0)], axis=1)


def _joints44(local: Array, rest: Array, betas: Array, body: Body) -> Array:
    """(T, 44, 3) from the body's origin, camera axes."""
    posed = pose_skeleton(local, rest, np.zeros(3)).positions
    shape = Shape(betas, rest, OFFSET * stature(body, betas))
    _, markers = place_markers(local, np.broadcast_to(rest[0], (len(local), 3)), shape)
    joints = np.zeros((len(local), 44, 3))
    for row, joint in SMPL_JOINTS.items():
        joints[:, row] = posed[:, joint]
    for row, name in _MARKERS.items():
        joints[:, row] = markers[:, LANDMARK[name]]
    joints[:, 25:] = posed[:, [JOINT[name] for name in _REGRESSED]]
    return joints


def encode_counts(counts: list[int]) -> str:
    """COCO's compressed run lengths: five bits a character, lowest first, from the third on as differences."""
    out = []
    for number, count in enumerate(counts):
        rest = count - counts[number - 2] if number > 2 else count
        while True:
            bits, rest = rest & 31, rest >> 5
            done = rest == (-1 if bits & 16 else 0)
            out.append(chr(bits + (0 if done else 32) + 48))
            if done:
                break
    return "".join(out)
