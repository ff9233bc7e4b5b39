# SPDX-License-Identifier: GPL-3.0-or-later
"""The video in the scene: a camera as the one that filmed, and the video behind it, in step with the timeline."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ..motion.camera import Camera
from ..motion.capture import Capture
from ..motion.errors import GhostcapError
from . import captures
from .character import short_name, video_stem
from .timeline import FIRST_FRAME

_BLENDER_FROM_OPENCV = np.diag([1.0, -1.0, -1.0])
"""Blender's cameras look along -z with y up."""
_SENSOR_MM = 36.0
_BEHIND_M = 0.6
"""How far the image plane stands behind the farthest joint."""
_STILL = "ghostcap_still"
"""Custom property of the picture a capture was made of; other pictures are the animator's."""
_PLANE_M = 8.0
"""Metres from the camera when nobody's place is known."""


def show_video(context: bpy.types.Context, item: Any) -> None:
    """Show the video as `item.video_display` says, with the capture's camera; GhostcapError when it is gone."""
    capture = captures.look_up(captures.folder_of(item))
    display = item.video_display
    if display == "NONE":
        _hide(item)
        return
    camera = place_camera(context, item, capture)
    item.depth = plane_distance(item, capture)
    video = captures.find_video(item, capture)
    if video is None and captures.came_without_video(capture):
        raise GhostcapError("This capture was imported without a video.", "Locate the video in the panel Captures.")
    if video is None:
        raise GhostcapError(f"{capture.video.path} is gone.", "Locate the video in the panel Captures.", "no_video")
    image = load_video(video)
    behind = display in ("CAMERA", "BOTH")
    _show_behind(camera, image, behind, item, capture)
    if display in ("PLANE", "BOTH"):
        _show_on_plane(item, camera, image, capture)
    elif item.plane is not None:
        bpy.data.objects.remove(item.plane)


def place_camera(context: bpy.types.Context, item: Any, capture: Capture) -> bpy.types.Object:
    """The capture's camera, made where it is missing; one that is there stays as the animator has it."""
    if item.camera is not None and item.camera.name in context.scene.objects:
        return item.camera
    name = short_name(f"{video_stem(capture)}_camera")
    data = bpy.data.cameras.new(name)
    camera = bpy.data.objects.new(name, data)
    from .build import ensure_collection

    ensure_collection(context, item, short_name(video_stem(capture))).objects.link(camera)
    render = context.scene.render
    frame = render.resolution_x * render.pixel_aspect_x / (render.resolution_y * render.pixel_aspect_y)
    shot = capture.camera
    data.sensor_width = data.sensor_height = _SENSOR_MM
    # Where the scene's frame is wider than the video, the video fills its height, and otherwise its width.
    if frame > shot.width / shot.height:
        data.sensor_fit, data.lens = "VERTICAL", shot.focal_px / shot.height * _SENSOR_MM
    else:
        data.sensor_fit, data.lens = "HORIZONTAL", shot.focal_px / shot.width * _SENSOR_MM
    data.clip_start, data.clip_end = 0.05, 1000.0
    data.display_size = 0.5
    data.passepartout_alpha = 0.8
    camera.matrix_world = camera_matrix(shot)
    item.camera = camera
    if context.scene.camera is None:
        context.scene.camera = camera
    return camera


def camera_matrix(camera: Camera) -> Matrix:
    """Where Blender's camera stands for a camera of a capture."""
    matrix = np.eye(4)
    matrix[:3, :3] = camera.world_from_camera() @ _BLENDER_FROM_OPENCV
    matrix[2, 3] = camera.above_ground
    return Matrix(matrix.tolist())


def load_video(path: Path) -> bpy.types.Image:
    """The video as an image of the .blend, loaded once."""
    # Blender's own check_existing makes a second one of a video that is in use.
    for image in bpy.data.images:
        known = (image.source == "MOVIE" or _STILL in image) and not image.library
        if known and Path(bpy.path.abspath(image.filepath)) == path:
            return image
    try:
        image = bpy.data.images.load(str(path))
    except RuntimeError as error:
        raise GhostcapError(f"{path} can't be opened.", "Check that it is a video and may be read.") from error
    if image.source == "FILE" and image.size[0]:
        image[_STILL] = True
    elif image.source != "MOVIE":
        raise GhostcapError(f"{path} is no video Blender can show.")
    return image


def plane_points(item: Any, capture: Capture, pixels: NDArray[np.floating]) -> NDArray[np.floating]:
    """Points (..., 2) of the video, pixels, as points (..., 3) of the world on the image plane behind the people."""
    distance, shot = item.depth, capture.camera
    local = np.empty((*np.shape(pixels)[:-1], 3))
    local[..., 0] = (pixels[..., 0] - shot.width / 2) / shot.focal_px * distance
    local[..., 1] = -(pixels[..., 1] - shot.height / 2) / shot.focal_px * distance
    local[..., 2] = -distance
    matrix = np.array(item.camera.matrix_world if item.camera is not None else camera_matrix(shot))
    return local @ matrix[:3, :3].T + matrix[:3, 3]


def plane_distance(item: Any, capture: Capture) -> float:
    """Metres from the camera to the image plane: behind all people whose tracks can be read."""
    folder = captures.folder_of(item)
    depth = 0.0
    for row in capture.tracks:
        try:
            track, _ = captures.read_person(folder, row.id)
        except GhostcapError:
            # The plane can stand without this person; the list of tracks tells what is wrong with the file.
            continue
        depth = max(depth, float(np.nanmax(capture.camera.to_camera(track.joints)[..., 2], initial=0.0)))
    return depth + _BEHIND_M if depth > 0 else _PLANE_M


def find_video_problem(item: Any, capture: Capture) -> str:
    """What to tell about the video in the panel; empty when all is well."""
    if captures.find_video(item, capture) is None and not captures.came_without_video(capture):
        return bpy.app.translations.pgettext_rpt("The video is gone: {:s}").format(capture.video.path)
    return ""


def _show_behind(camera: bpy.types.Object, image: bpy.types.Image, show: bool, item: Any, capture: Capture) -> None:
    data = camera.data
    ours = [background for background in data.background_images if _is_movie(background)]
    background = ours[0] if ours else data.background_images.new()
    background.source, background.image = "IMAGE", image
    background.frame_method, background.display_depth, background.alpha = "FIT", "BACK", 1.0
    background.show_background_image = show
    # Somebody may have images of their own behind this camera.
    data.show_background_images = show or len(data.background_images) > 1
    number = next(n for n, other in enumerate(data.background_images) if other == background)
    _keep_in_step(data, f"background_images[{number}].image_user", background.image_user, image, item, capture)


def _is_movie(background: Any) -> bool:
    image = background.image if background.source == "IMAGE" else None
    return image is not None and (image.source == "MOVIE" or _STILL in image)


def _show_on_plane(item: Any, camera: bpy.types.Object, image: bpy.types.Image, capture: Capture) -> None:
    plane = item.plane
    if plane is None or plane.name not in bpy.context.scene.objects:
        plane = bpy.data.objects.new(short_name(f"{video_stem(capture)}_video"), None)
        camera.users_collection[0].objects.link(plane)
        plane.empty_display_type = "IMAGE"
        plane.parent = camera
        distance = item.depth
        plane.location = (0.0, 0.0, -distance)
        shot = capture.camera
        # Blender measures an image by its longer side.
        plane.empty_display_size = max(shot.width, shot.height) / shot.focal_px * distance
        plane.empty_image_offset = (-0.5, -0.5)
        plane.empty_image_depth = "BACK"
        plane.hide_select = True
        item.plane = plane
    plane.data = image
    _keep_in_step(plane, "image_user", plane.image_user, image, item, capture)


def _keep_in_step(
    owner: bpy.types.ID, path: str, user: bpy.types.ImageUser, image: bpy.types.Image, item: Any, capture: Capture
) -> None:
    """Show at each scene frame the frame of the video that was captured for it."""
    if image.source == "FILE":
        owner.driver_remove(f"{path}.frame_offset")
        return
    user.frame_start = FIRST_FRAME
    rate, frames = _movie_facts(image)
    user.frame_duration = max(frames, 1)
    user.use_auto_refresh, user.use_cyclic = True, False
    begin = float(capture.settings.get("start") or 0.0)
    native = rate or capture.video.fps
    # Frames of the file for each frame of the scene; a capture may have been read at another rate than the file's.
    ratio = native / (item.step * capture.video.fps)
    owner.driver_remove(f"{path}.frame_offset")
    if abs(ratio - 1.0) * user.frame_duration < 0.5:
        user.frame_offset = round(begin * native)
        return
    driver = owner.driver_add(f"{path}.frame_offset").driver
    driver.expression = f"floor((frame - {FIRST_FRAME}) * {ratio - 1.0:.9f} + {begin * native:.6f} + 0.5)"


def _movie_facts(image: bpy.types.Image) -> tuple[float, int]:
    """Frames a second of a video file, which only Blender's movie clips tell, and how many frames it has."""
    path = Path(bpy.path.abspath(image.filepath))
    return _open_movie(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=16)
def _open_movie(path: Path, _stamp: int) -> tuple[float, int]:
    """Once for each file: Blender takes a fifth of a second to open one, and the image opens it again to be drawn."""
    clip = bpy.data.movieclips.load(str(path))
    try:
        return float(clip.fps), int(clip.frame_duration)
    finally:
        bpy.data.movieclips.remove(clip)


def _hide(item: Any) -> None:
    if item.plane is not None:
        bpy.data.objects.remove(item.plane)
    if item.camera is not None:
        for background in item.camera.data.background_images:
            if _is_movie(background):
                background.show_background_image = False
