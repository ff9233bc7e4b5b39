# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview: what an animator looks at to see whether a capture worked."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from ghostcap.hmr_backend.mannequin import mannequin_body, sole_height
from ghostcap.hmr_backend.observations import Frame
from ghostcap.hmr_backend.overlay import draw_people, track_colour
from ghostcap.hmr_backend.painter import BACKGROUND, Surface, View, paint_floor, paint_line, paint_surfaces
from ghostcap.hmr_backend.preview import choose_moments, write_preview
from ghostcap.hmr_backend.progress import Silent
from ghostcap.motion.body import write_body
from ghostcap.motion.camera import Camera
from ghostcap.motion.capture import Capture, Track, TrackRow, VideoInfo, write_capture, write_track
from ghostcap.motion.kinematics import pose_from_axis_angle
from ghostcap.motion.rotations import axis_angle_from_matrix, matrix_from_axis_angle
from ghostcap.motion.skeleton import JOINT

CAMERA = Camera(focal_px=700.0, width=641, height=361, tilt=0.15, above_ground=1.7)


def make_track(frames: int, x: float = 0.0, y: float = 5.0, speed: float = 0.6) -> Track:
    """Somebody who walks to the camera's right, hips above (x, y) at first, feet near the floor."""
    body = mannequin_body()
    time = np.arange(frames) / 30
    poses = np.zeros((frames, 24, 3))
    facing = matrix_from_axis_angle([0, 0, np.pi / 2]) @ matrix_from_axis_angle([np.pi / 2, 0, 0])
    poses[:, 0] = axis_angle_from_matrix(facing)
    for side, sign in (("L", 1), ("R", -1)):
        swing = sign * np.sin(2 * np.pi * time)
        poses[:, JOINT[f"{side}_Hip"], 0] = -0.5 * swing
        poses[:, JOINT[f"{side}_Knee"], 0] = 0.4 - 0.4 * swing
        poses[:, JOINT[f"{side}_Shoulder"], 2] = -sign * 1.2
    poses = poses.reshape(frames, 72)
    root = np.stack([x + speed * time, np.full(frames, y), np.full(frames, body.joints[0, 1] - sole_height(body))], -1)
    trans = root - body.joints[0]
    posed = pose_from_axis_angle(poses, body.joints, trans)
    pixels = CAMERA.project(CAMERA.to_camera(posed.positions))
    observed = np.ones(frames, dtype=bool)
    observed[frames // 2 : frames // 2 + 5] = frames < 10
    return Track(
        frame=np.arange(frames), poses=poses, trans=trans, betas=np.zeros(10), mocap_framerate=30.0,
        joints=posed.positions, keypoints_2d=np.full((frames, 33, 3), np.nan),
        bbox=np.concatenate([pixels.min(1), pixels.max(1)], -1), confidence=np.ones(frames), observed=observed,
        contacts=np.ones((frames, 4)), camera_trans=CAMERA.to_camera(root), poses_raw=poses, trans_raw=trans,
    )  # fmt: skip


def make_capture(folder: Path, tracks: list[Track], frames: int) -> None:
    """A capture on disk with these people."""
    folder.mkdir()
    rows = []
    for number, track in enumerate(tracks, 1):
        write_track(folder / f"track_{number:03d}.npz", track)
        rows.append(
            TrackRow(number, len(track.frame), int(track.frame[0]), int(track.frame[-1]), 1.0, 1.0,
                     f"track_{number:03d}.npz", "", recommended=number == 1)
        )  # fmt: skip
    write_body(folder / "body.npz", mannequin_body())
    video = VideoInfo("clip.mp4", "0", frames, 30.0, CAMERA.width, CAMERA.height)
    write_capture(folder, Capture(video, "blazepose", "1", CAMERA, tracks=tuple(rows)))


def grey_frames(count: int) -> list[Frame]:
    """A grey clip of the camera's (odd) size."""
    return [Frame(index, np.full((CAMERA.height, CAMERA.width, 3), 90, np.uint8)) for index in range(count)]


@pytest.mark.parametrize(("frames", "speed"), [(40, 0.6), (40, 6.0), (1, 0.0)])
def test_preview_of_two_people(tmp_path: Path, frames: int, speed: float) -> None:
    """Video and picture come out whole for one frame, for odd sizes, in a room and on a run through it."""
    folder = tmp_path / "人 'two'.capture"
    make_capture(folder, [make_track(frames, -1, 5, speed), make_track(frames, 1, 6, 0.1)], frames)
    video, picture = tmp_path / "人 'two'.mp4", tmp_path / "人 'two'.png"
    write_preview(folder, grey_frames(frames), video, picture, Silent())
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert float(stream.average_rate or 0) == pytest.approx(30)
        assert sum(1 for _ in container.decode(video=0)) == frames
    image = cv2.imdecode(np.fromfile(picture, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape[1] >= 480 * min(frames, 4)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([folder.name, video.name, picture.name])


def test_bodies_stand_in_the_picture_beside_the_frame(tmp_path: Path) -> None:
    """A person must fill a good part of the room's height, or nobody sees whether the pose is right."""
    folder = tmp_path / "a.capture"
    make_capture(folder, [make_track(30)], 30)
    write_preview(folder, grey_frames(30), tmp_path / "a.mp4", tmp_path / "a.png", Silent())
    with av.open(str(tmp_path / "a.mp4")) as container:
        image = next(container.decode(video=0)).to_ndarray(format="rgb24")
    room = image[:, -540:].astype(int)
    wood = (room[..., 0] - room[..., 2] > 35) & (room[..., 0] > 80)
    rows = np.flatnonzero(wood.sum(1) > 3)
    assert 0.4 < (rows[-1] - rows[0]) / 540 < 0.95


def test_skeleton_lies_where_the_camera_sees_it() -> None:
    """An overlay that is shifted or mirrored would hide every error of the fit."""
    track = make_track(1)
    image = np.zeros((CAMERA.height * 2, CAMERA.width * 2, 3), np.uint8)
    draw_people(image, 0, {1: track}, CAMERA)
    for joint in ("Pelvis", "L_Knee", "R_Wrist", "Head"):
        x, y = 2 * CAMERA.project(CAMERA.to_camera(track.joints[0, JOINT[joint]]))
        assert image[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3].max() > 200
    assert image[:, : CAMERA.width // 2].max() == 0


def test_bridged_frames_are_fainter_and_ids_differ_in_colour() -> None:
    """Invented motion must not look like observed motion, nor one person like another."""
    track = make_track(40)
    seen, bridged = (draw_people(np.zeros((361, 641, 3), np.uint8), frame, {1: track}, CAMERA) for frame in (5, 22))
    assert bridged.max() < 0.6 * seen.max()
    colours = np.array([track_colour(number) for number in range(1, 6)])
    distance = np.abs(colours[:, None] - colours[None]).sum(-1) + 999 * np.eye(5)
    assert distance.min() > 60


def test_nearer_things_hide_farther_ones_and_what_is_under_the_floor_is_red() -> None:
    """Feet through the floor must be seen at once."""
    square = np.array([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]], dtype=float)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    view = View(np.array([0.0, 0, 1]), 0.0, 0.0, 6.0, 64, 64, 0.56)
    image = np.zeros((64, 64, 3), np.uint8)
    near, far = Surface(square + [0, -1, 1], faces, (0, 200, 0)), Surface(square + [0, 1, 1], faces, (0, 0, 200))
    for order in ([near, far], [far, near]):
        paint_surfaces(image, view, order)
        assert image[32, 32].argmax() == 1
    sunk = Surface(square - [0, 0, 2], faces, (0, 9, 0))
    paint_surfaces(image, View(np.array([0.0, 0, -2]), 0.0, 0.0, 6.0, 64, 64, 0.56), [sunk])
    assert image[32, 32].argmax() == 0
    back = np.zeros((64, 64, 3), np.uint8)
    paint_surfaces(back, view, [Surface(square + [0, 0, 1], faces[:, ::-1], (0, 200, 0))])
    assert back.max() == 0


def test_right_and_up_in_the_room_are_right_and_up_in_the_picture() -> None:
    """A mirrored room would swap left and right on every preview."""
    view = View(np.array([0.0, 5, 1]), 0.0, 0.1, 4.0, 100, 100, 0.56)
    centre, right, up = view.project(view.to_eye(np.array([[0.0, 5, 1], [0.5, 5, 1], [0, 5, 1.5]])))
    np.testing.assert_allclose(centre, [50, 50], atol=1e-9)
    assert right[0] > 55
    assert up[1] < 45


def test_lines_behind_the_viewer_are_cut() -> None:
    """A floor line that passes the viewer must not flip over the picture."""
    view = View(np.array([0.0, 0, 0]), 0.0, 0.5, 3.0, 80, 80, 0.56)
    image = np.full((80, 80, 3), BACKGROUND, np.uint8)
    paint_line(image, view, np.array([[0.0, -50, 0], [0, 50, 0]]), (255, 255, 255))
    columns = np.flatnonzero((image > 200).any((0, 2)))
    assert abs(columns - 40).max() <= 2
    assert (paint_floor(view) != image).any()


def test_moments_are_spread_and_seen() -> None:
    """The picture shows the person early and late, never a bridged frame."""
    track = make_track(100)
    moments = choose_moments(track, 4)
    assert all(track.observed[moments])
    assert np.diff(moments).min() > 15
