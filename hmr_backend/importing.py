# SPDX-License-Identifier: GPL-3.0-or-later
"""Motions of other programs as captures: demo_*.pkl of 4D-Humans, .npz of AMASS."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..motion.amass import AmassMotion, read_amass
from ..motion.archive import written_whole
from ..motion.body import Body, write_body
from ..motion.camera import Camera
from ..motion.capture import Capture, Track, VideoInfo, write_capture, write_track
from ..motion.errors import GhostcapError
from ..motion.kinematics import pose_from_axis_angle
from ..motion.rotations import matrix_from_axis_angle
from ..motion.skeleton import BONES
from .contacts import FOOT_LANDMARKS, detect_contacts
from .decode import focal_from_film, open_video
from .fitting.markers import OFFSET
from .fitting.normal import Shape, place_markers
from .fitting.shape import stature
from .foreign.phalp import PhalpFile, PhalpPerson, read_phalp, root_offsets
from .hashing import hash_video
from .hmr2.camera import to_true_focal
from .mannequin import mannequin_body
from .observations import Video
from .progress import Reporter
from .smpl_people import MEAN_ROOT, SmplPerson, betas_from_joints, person_from_rows, place_people, root_of
from .weights import SMPL, SMPLX, read_user_body
from .workspace import already_there, discard_unfinished, friendly_disk_errors, open_workspace, publish
from .writing import describe_track, write_people

Array = NDArray[np.floating]
DEFAULT_FPS = 30.0
"""4D-Humans' own rendered videos have it, whatever the film had."""
AMASS_VIEW = Camera(1920.0, 1920, 1080, above_ground=1.5)
"""Where AMASS's people are looked at from: their files have no camera."""
_THUMB = 240


@dataclass(frozen=True)
class ImportSettings:
    """What the file does not say. None leaves it to the video, or to a default."""

    fps: float | None = None
    focal_px: float | None = None
    video: Path | None = None
    """What the motion was made from."""
    focal_35mm: float | None = None
    """The focal length as 35 mm equivalent, millimetres; `focal_px` goes before it."""


def import_motion(
    path: Path, target: Path, settings: ImportSettings, reporter: Reporter, *, overwrite: bool = False
) -> Path:
    """Bring a file of another program into the folder `target`, which is complete or absent.

    GhostcapError: exists, not_found, not_phalp, not_amass, bad_file, unsafe_file, no_person, disk_full...
    """
    if target.exists() and not overwrite:
        raise already_there(target)
    if not path.is_file():
        raise GhostcapError(f"{path} is not a file.", "Give demo_*.pkl of 4D-Humans or an .npz of AMASS.", "not_found")
    reporter.stage("open", 1, 3)
    sha256 = hash_video(path, reporter)
    video = open_video(settings.video, None, None, None) if settings.video else None
    amass = path.suffix.lower() == ".npz"
    motion = read_amass(path) if amass else read_phalp(path)
    reporter.stage("ground", 2, 3)
    if isinstance(motion, AmassMotion):
        imported = _from_amass(motion, settings, reporter)
    else:
        imported = _from_phalp(path, motion, settings, video, reporter)
    info = VideoInfo(
        str((settings.video or path).resolve()), sha256, imported.frames, imported.fps, imported.camera.width,
        imported.camera.height,
    )  # fmt: skip
    estimator = f"amass {motion.model}" if isinstance(motion, AmassMotion) else "4d-humans"
    noted = {"imported": path.name, "fps": settings.fps, "focal_length_px": settings.focal_px}
    capture = Capture(info, estimator, "", imported.camera, noted)
    reporter.stage("write", 3, 3)
    workspace = open_workspace(target, {"imported": sha256, **noted})
    try:
        with friendly_disk_errors(workspace.folder):
            if video is None:
                _write(workspace.finished, capture, imported)
            else:
                write_people(
                    workspace.finished, capture, imported.tracks, imported.main, imported.body, video, reporter
                )
        publish(workspace, overwrite)
    except BaseException:
        discard_unfinished(workspace, keep=False)
        raise
    return target


@dataclass(frozen=True)
class _Imported:
    camera: Camera
    tracks: dict[int, Track]
    main: int
    body: Body
    frames: int
    fps: float


def _from_phalp(
    path: Path, file: PhalpFile, settings: ImportSettings, video: Video | None, reporter: Reporter
) -> _Imported:
    if file.unseen:
        ids = ", ".join(str(track) for track in file.unseen)
        reporter.warning(f"Left out, as nobody was really seen there: track {ids}.")
    if file.broken:
        reporter.warning(f"Taken as not seen, as their numbers are not finite: {file.broken} sightings.")
    if not file.people:
        raise GhostcapError(f"{path} holds no people.", "4D-Humans found nobody in that video.", "no_person")
    if video is not None and (video.width, video.height) != (file.width, file.height):
        reporter.warning(
            f"{video.path.name} has {video.width} x {video.height} px, {path.name} was made from "
            f"{file.width} x {file.height}."
        )
    fps = settings.fps or (video.fps if video else None)
    if fps is None:
        fps = DEFAULT_FPS
        reporter.warning(f"{path.name} does not say its frame rate; {fps:g} is taken. Set it with --fps or --video.")
    focal_px = _choose_focal(settings, file, video)
    smpl = read_user_body(SMPL)
    body = smpl or mannequin_body()
    if smpl is None:
        reporter.warning("SMPL's body is not there (see ghostcap weights); the mannequin gets the bone lengths.")
    people = [phalp_person(person, file, focal_px, smpl, body) for person in file.people]
    camera, tracks = place_people(people, body, focal_px, file.width, file.height, fps, reporter, refine=False)
    frames = max(file.frames, video.frames if video else 0)
    by_id = {person.id: track for person, track in zip(people, tracks, strict=True)}
    return _Imported(camera, by_id, max(people, key=_importance).id, body, frames, float(fps))


def _choose_focal(settings: ImportSettings, file: PhalpFile, video: Video | None) -> float:
    if settings.focal_px:
        return settings.focal_px
    if settings.focal_35mm:
        return focal_from_film(settings.focal_35mm, file.width, file.height)
    return (video.focal_px if video else None) or float(max(file.width, file.height))


def phalp_person(person: PhalpPerson, file: PhalpFile, focal_px: float, smpl: Body | None, body: Body) -> SmplPerson:
    """A track of 4D-Humans in metres under the true focal length, gaps bridged."""
    offsets = root_offsets(person)
    offsets = np.where(np.isfinite(offsets), offsets, root_of(person.betas, smpl))
    root = to_true_focal(person.camera, focal_px, file.width, file.height) + offsets
    out = person_from_rows(
        person.id, person.frame, person.bbox, person.score, person.rotations, person.betas, root, person.observed
    )
    if smpl is not None:
        return out
    known = np.isfinite(person.joints).any()
    return dataclasses.replace(out, betas=betas_from_joints(person.joints, body) if known else np.zeros(10))


def _importance(person: SmplPerson) -> float:
    size = np.sqrt(np.prod(np.maximum(person.bbox[:, 2:] - person.bbox[:, :2], 0), axis=1))
    return float((size * person.score * person.observed).sum())


def _from_amass(motion: AmassMotion, settings: ImportSettings, reporter: Reporter) -> _Imported:
    body = read_user_body(SMPLX if motion.model == "smplx" else SMPL)
    betas, origin = motion.betas, None
    if body is None:
        body = mannequin_body()
        if motion.model != "smplx":
            # The mannequin's shape numbers are SMPL-X's; SMPL's mean something else.
            betas, origin = np.zeros(10), MEAN_ROOT
            reporter.warning("SMPL's body is not there (see ghostcap weights); the mannequin's average shape is used.")
    if motion.gender not in ("neutral", ""):
        reporter.warning(
            f"Made with SMPL's {motion.gender} body; the neutral one is used, which is a little different."
        )
    trans = motion.trans if origin is None else motion.trans + origin - body.joints[0]
    track = world_track(motion.poses, trans, betas, body, settings.fps or motion.fps, AMASS_VIEW)
    track = dataclasses.replace(track, gender=motion.gender or "neutral")
    return _Imported(AMASS_VIEW, {1: track}, 1, body, len(motion.poses), settings.fps or motion.fps)


def world_track(poses: Array, trans: Array, betas: Array, body: Body, fps: float, camera: Camera) -> Track:
    """A track from a motion that is in the world already; nothing is known of any picture."""
    count = len(poses)
    rest = body.rest_joints(betas)
    posed = pose_from_axis_angle(poses, rest, trans)
    shape = Shape(betas, rest, OFFSET * stature(body, betas))
    _, markers = place_markers(matrix_from_axis_angle(poses.reshape(count, 24, 3)), posed.positions[:, 0], shape)
    return Track(
        frame=np.arange(count),
        poses=poses,
        trans=trans,
        betas=betas,
        mocap_framerate=fps,
        joints=posed.positions,
        keypoints_2d=np.full((count, 33, 3), np.nan, dtype=np.float32),
        bbox=np.full((count, 4), np.nan, dtype=np.float32),
        confidence=np.ones(count),
        observed=np.ones(count, dtype=bool),
        contacts=detect_contacts(markers[:, FOOT_LANDMARKS], np.array([0.0, 0.0, 1.0]), fps),
        camera_trans=camera.to_camera(posed.positions[:, 0]),
        poses_raw=poses,
        trans_raw=trans,
    )


def _write(folder: Path, capture: Capture, imported: _Imported) -> None:
    """As `write_people` does, with stick figures for thumbnails."""
    (folder / "thumbs").mkdir(parents=True)
    write_body(folder / "body.npz", imported.body)
    rows: list[Any] = []
    for number, track in sorted(imported.tracks.items()):
        row = describe_track(number, track, imported.frames, recommended=number == imported.main)
        write_track(folder / row.file, track)
        _, data = cv2.imencode(".jpg", draw_figure(track.joints[len(track.joints) // 2]))
        with written_whole(folder / row.thumbnail) as temporary:
            temporary.write_bytes(data.tobytes())
        rows.append(row)
    write_capture(folder, dataclasses.replace(capture, tracks=tuple(rows)))


def draw_figure(joints: Array) -> NDArray[np.uint8]:
    """A picture (240, 160, 3) of joints (24, 3) in the world, from where the camera stands."""
    flat = joints[:, [0, 2]] - joints[0, [0, 2]]
    scale = 0.42 * _THUMB / max(float(np.abs(flat).max()), 1e-3)
    points = np.rint(flat * [scale, -scale] + [_THUMB // 3, _THUMB // 2]).astype(int)
    image = np.full((_THUMB, 2 * _THUMB // 3, 3), 245, dtype=np.uint8)
    for parent, child in BONES:
        a, b = points[parent], points[child]
        cv2.line(image, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), (90, 70, 40), 3, cv2.LINE_AA)
    return image
