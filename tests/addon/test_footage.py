# SPDX-License-Identifier: GPL-3.0-or-later
"""The video behind the scene: the camera sees what the camera saw, frame by frame."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from mathutils import Vector  # noqa: E402

import ghostcap  # noqa: E402
from ghostcap.addon.footage import load_video, plane_points  # noqa: E402
from ghostcap.addon.tracks.overlay import find_lines  # noqa: E402
from ghostcap.motion.camera import Camera  # noqa: E402
from ghostcap.motion.capture import read_capture, write_capture, write_track  # noqa: E402
from ghostcap.motion.errors import GhostcapError  # noqa: E402
from ghostcap.motion.rig import BONE_NAMES  # noqa: E402
from ghostcap.motion.skeleton import JOINT, LANDMARK  # noqa: E402
from ghostcap.tests.synthetic_capture import synthetic_track, write_synthetic_capture  # noqa: E402

pytestmark = pytest.mark.bpy
_MARKS = {
    "L_Shoulder": "left_shoulder", "R_Shoulder": "right_shoulder", "L_Elbow": "left_elbow", "R_Wrist": "right_wrist",
    "L_Hip": "left_hip", "R_Knee": "right_knee", "L_Ankle": "left_ankle",
}  # fmt: skip


@pytest.fixture(autouse=True)
def registered(context):
    ghostcap.register()
    yield
    ghostcap.unregister()


def film(path: Path, frames: int, fps: int, size: tuple[int, int] = (64, 48)) -> Path:
    """A video whose frames grow brighter, rendered by Blender's sequencer."""
    scene = bpy.data.scenes.new("film")
    render = scene.render
    render.resolution_x, render.resolution_y = size
    render.resolution_percentage, render.fps = 100, fps
    scene.frame_start, scene.frame_end = 1, frames
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    length = {"length": frames} if bpy.app.version >= (5, 0, 0) else {"frame_end": frames + 1}
    strip = strips.new_effect(name="grey", type="COLOR", channel=1, frame_start=1, **length)
    for frame in (1, frames):
        strip.color = (frame / frames,) * 3
        strip.keyframe_insert("color", frame=frame)
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    render.ffmpeg.format, render.ffmpeg.codec = "MPEG4", "H264"
    render.use_file_extension = False
    render.filepath = str(path)
    bpy.ops.render.render(animation=True, scene=scene.name)
    bpy.data.scenes.remove(scene)
    return path


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> Path:
    """Twenty frames at 30 frames a second."""
    return film(tmp_path_factory.mktemp("film") / "dance 舞.mp4", 20, 30)


def write_filmed(folder: Path, camera: Camera, path: Path, **settings) -> Path:
    """A capture of somebody walking, whose keypoints are what that camera sees of the joints."""
    track = synthetic_track(frames=20, fps=30.0)
    track = replace(track, trans=track.trans + [0, 2.5, 0], trans_raw=track.trans + [0, 2.5, 0])
    track = replace(track, joints=track.joints + [0, 2.5, 0])
    pixels = camera.project(camera.to_camera(track.joints))
    marks = np.full((20, 33, 3), np.nan)
    for joint, mark in _MARKS.items():
        marks[:, LANDMARK[mark]] = np.concatenate([pixels[:, JOINT[joint]], np.ones((20, 1))], -1)
    box = np.concatenate([pixels.min(1), pixels.max(1)], -1)
    track = replace(track, keypoints_2d=marks, bbox=box)
    write_synthetic_capture(folder, track, video=str(path))
    capture = read_capture(folder)
    info = replace(capture.video, width=camera.width, height=camera.height)
    write_track(folder / "track_001.npz", track)
    write_capture(folder, replace(capture, camera=camera, video=info, settings=settings))
    return folder


CAMERAS = [
    Camera(900.0, 1280, 720, tilt=0.25, roll=-0.1, above_ground=1.8),
    Camera(1500.0, 720, 1280, tilt=-0.05, roll=0.04, above_ground=0.6),
    Camera(500.0, 640, 640, above_ground=1.2),
]


@pytest.mark.parametrize("shot", CAMERAS, ids=["wide", "tall", "square"])
@pytest.mark.parametrize("resolution", [None, (1920, 1080), (1080, 1920)], ids=["own", "hd", "phone"])
def test_armature_covers_the_person(context, tmp_path: Path, video: Path, shot: Camera, resolution) -> None:
    """Through Blender's camera each joint lies on its keypoint, within 2 % of the picture's height (in truth, 0.1 %).

    Also where the scene renders in another shape than the video's, which then fills one side of the frame.
    """
    folder = write_filmed(tmp_path / "c.capture", shot, video)
    if resolution:
        context.scene.render.resolution_x, context.scene.render.resolution_y = resolution
        context.scene.render.fps = 30
    bpy.ops.ghostcap.open_capture(filepath=str(folder), set_scene=resolution is None)
    bpy.ops.ghostcap.build()
    item = context.scene.ghostcap.captures[0]
    armature, camera = bpy.data.objects["dance 舞_001"], item.camera
    width, height = context.scene.render.resolution_x, context.scene.render.resolution_y
    if resolution is None:
        assert (width, height) == (shot.width, shot.height)
    # Blender fits the whole background picture into the frame.
    fit = min(width / shot.width, height / shot.height)
    marks = np.load(folder / "track_001.npz")["keypoints_2d"]
    for frame in (1, 8, 20):
        context.scene.frame_set(frame)
        for joint, mark in _MARKS.items():
            head = armature.matrix_world @ armature.pose.bones[joint].head
            seen = world_to_camera_view(context.scene, camera, head)
            x = (seen.x * width - width / 2) / fit + shot.width / 2
            y = ((1 - seen.y) * height - height / 2) / fit + shot.height / 2
            expected = marks[frame - 1, LANDMARK[mark], :2]
            assert np.hypot(x - expected[0], y - expected[1]) < 0.001 * shot.height
    assert set(_MARKS) <= set(BONE_NAMES)


def test_background_and_plane_show_the_frame_of_the_time(context, tmp_path: Path, video: Path) -> None:
    """Scene frame 1 shows the video's first frame, behind the camera and on the plane; the end is its last."""
    folder = write_filmed(tmp_path / "c.capture", CAMERAS[0], video)
    bpy.ops.ghostcap.open_capture(filepath=str(folder))
    item = context.scene.ghostcap.captures[0]
    assert item.video_display == "CAMERA"
    background = item.camera.data.background_images[0]
    assert Path(bpy.path.abspath(background.image.filepath)) == video
    assert background.image.frame_duration == 20
    user = background.image_user
    assert (user.frame_start, user.frame_offset, user.frame_duration) == (1, 0, 20)
    item.video_display = "BOTH"
    plane = item.plane
    assert plane.empty_display_type == "IMAGE"
    assert (plane.data, plane.image_user.frame_start) == (background.image, 1)
    assert len([image for image in bpy.data.images if image.source == "MOVIE"]) == 1
    assert not len(bpy.data.movieclips)
    item.video_display = "PLANE"
    assert not background.show_background_image
    item.video_display = "NONE"
    assert item.plane is None
    assert item.camera is not None


def test_plane_fills_the_cameras_view(context, tmp_path: Path, video: Path) -> None:
    """The picture's corners on the plane are the corners of the frame, and everybody stands before it."""
    shot = CAMERAS[0]
    bpy.ops.ghostcap.open_capture(filepath=str(write_filmed(tmp_path / "c.capture", shot, video)))
    item = context.scene.ghostcap.captures[0]
    item.video_display = "PLANE"
    context.view_layer.update()
    size, aspect = item.plane.empty_display_size, shot.height / shot.width
    for x, y in ((-0.5, -0.5), (0.5, 0.5)):
        corner = item.plane.matrix_world @ Vector((x * size, y * size * aspect, 0))
        seen = world_to_camera_view(context.scene, item.camera, corner)
        assert (seen.x, seen.y) == pytest.approx((x + 0.5, y + 0.5), abs=1e-4)
    corners = np.array([[0.0, 0.0], [shot.width, shot.height]])
    points = plane_points(item, read_capture(tmp_path / "c.capture"), corners)
    for point, expected in zip(points, ((0, 1), (1, 0)), strict=True):
        seen = world_to_camera_view(context.scene, item.camera, Vector(point))
        assert (seen.x, seen.y) == pytest.approx(expected, abs=1e-4)
    track = np.load(tmp_path / "c.capture" / "track_001.npz")
    assert shot.to_camera(track["joints"])[..., 2].max() < -item.plane.location.z


@pytest.mark.parametrize(
    ("rate", "begin", "expected"),
    [(15.0, 0.0, {1: 1, 6: 11, 9: 17}), (30.0, 0.2, {1: 7, 4: 10}), (60.0, 0.0, {1: 1, 11: 6})],
)
def test_video_keeps_step_with_a_capture_read_otherwise(
    context, tmp_path: Path, video: Path, rate: float, begin: float, expected: dict[int, int]
) -> None:
    """A capture of a part, or at another frame rate: each scene frame shows the video's frame of that moment."""
    folder = write_filmed(tmp_path / "c.capture", CAMERAS[0], video, start=begin)
    data = json.loads((folder / "capture.json").read_text(encoding="utf-8"))
    data["video"]["fps"] = rate
    (folder / "capture.json").write_text(json.dumps(data), encoding="utf-8")
    bpy.ops.ghostcap.open_capture(filepath=str(folder))
    user = context.scene.ghostcap.captures[0].camera.data.background_images[0].image_user
    for frame, shown in expected.items():
        context.scene.frame_set(frame)
        evaluated = context.scene.ghostcap.captures[0].camera.data.evaluated_get(context.evaluated_depsgraph_get())
        offset = evaluated.background_images[0].image_user.frame_offset
        assert frame - user.frame_start + 1 + offset == shown


def test_moved_video_is_told_and_located(context, tmp_path: Path, video: Path) -> None:
    """The scene opens without its video; once shown where that is, it stands behind the camera."""
    gone = tmp_path / "dance 舞.mp4"
    shutil.copy(video, gone)
    folder = write_filmed(tmp_path / "sub" / "c.capture", CAMERAS[0], gone)
    moved = tmp_path / "archive.mp4"
    gone.rename(moved)
    bpy.ops.ghostcap.open_capture(filepath=str(folder))
    item = context.scene.ghostcap.captures[0]
    assert item.video_display == "NONE"
    assert bpy.ops.ghostcap.build() == {"FINISHED"}
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.ghostcap.locate_video(filepath=str(tmp_path / "nothing.mp4"))
    assert bpy.ops.ghostcap.locate_video(filepath=str(moved)) == {"FINISHED"}
    assert item.video_display == "CAMERA"
    image = item.camera.data.background_images[0].image
    assert Path(bpy.path.abspath(image.filepath)) == moved
    (folder.parent / "dance 舞.mp4").write_bytes(b"")
    item.video = ""
    assert image.name in bpy.data.images


def test_camera_the_animator_moved_stays_there(context, tmp_path: Path, video: Path) -> None:
    """Showing the video anew, or building again, does not put a camera back."""
    bpy.ops.ghostcap.open_capture(filepath=str(write_filmed(tmp_path / "c.capture", CAMERAS[0], video)))
    item = context.scene.ghostcap.captures[0]
    item.camera.location.x = 5.0
    own = item.camera.data.background_images.new()
    own.image = bpy.data.images.new("sketch", 8, 8)
    item.video_display = "NONE"
    item.video_display = "BOTH"
    bpy.ops.ghostcap.build()
    assert item.camera.location.x == 5.0
    assert own.image.name == "sketch"
    assert own.show_background_image


def test_overlay_lines_are_the_persons(tmp_path: Path, video: Path) -> None:
    """Box and skeleton at a frame; nothing where the person is not, or is not seen."""
    track = synthetic_track(frames=20, first=5)
    marks = np.full((20, 33, 3), np.nan)
    marks[:, LANDMARK["left_hip"]] = [10, 20, 0.9]
    marks[:, LANDMARK["left_knee"]] = [12, 40, 0.8]
    marks[:, LANDMARK["left_ankle"]] = [12, 60, 0.1]
    track = replace(track, keypoints_2d=marks, bbox=np.tile([1.0, 2.0, 30.0, 70.0], (20, 1)))
    box, bones = find_lines(track, 5)
    np.testing.assert_array_equal(box[[0, 2]], [[1, 2], [30, 70]])
    np.testing.assert_array_equal(bones, [[[10, 20], [12, 40]]])
    for frame in (4, 25):
        assert not len(find_lines(track, frame)[0])


def test_a_still_picture_is_shown_and_a_text_is_not(tmp_path: Path) -> None:
    """Who captured one picture sees it behind the body."""
    picture = bpy.data.images.new("pose", 64, 48)
    picture.filepath_raw, picture.file_format = str(tmp_path / "pose.png"), "PNG"
    picture.save()
    bpy.data.images.remove(picture)
    shown = load_video(tmp_path / "pose.png")
    assert shown.source == "FILE"
    assert load_video(tmp_path / "pose.png") == shown
    (tmp_path / "pose.txt").write_text("no picture", encoding="utf-8")
    with pytest.raises(GhostcapError):
        load_video(tmp_path / "pose.txt")
