# SPDX-License-Identifier: GPL-3.0-or-later
"""An armature's motion as one side of a comparison: what is seen in the scene, in metres and at the scene's rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import bpy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...motion.compare.clip import Clip, clip_from_rotations, clip_from_track
from ...motion.errors import GhostcapError
from ...motion.kinematics import pose_skeleton
from ...motion.rest_pose import measure_rest_joints, read_rotations
from ...motion.rotations import nearest_rotation
from .. import captures
from ..timeline import FIRST_FRAME
from .curves import list_moving_curves, read_places, read_poses
from .rigs import Rig, check_armature, find_rig

__all__ = ["Rig", "find_rig", "motion_range", "read_clip", "split_matrix"]

Array = NDArray[np.floating]
_NEARLY_ROTATION = 1e-4


def read_clip(context: bpy.types.Context, armature: Any, frames: ArrayLike) -> Clip:
    """The armature at consecutive scene frames (T,), as it moves in the world.

    From the F-curves where one action moves the armature and nothing else does; otherwise frame by frame, the scene
    being put back to its frame afterwards. Of an armature built from a capture the capture tells which frames and
    joints were really seen; joints an armature lacks count as not seen.
    GhostcapError: deleted, not_armature, edit_mode, unknown_armature, rest_position, mirrored, not_in_scene, no_frames.
    """
    armature = check_armature(armature)
    rig = find_rig(armature)
    shown = np.asarray(frames, dtype=int).tolist()
    if not shown:
        raise GhostcapError("The motion has no frames.", "Choose another range.", "no_frames")
    if armature.data.pose_position == "REST":
        raise GhostcapError(
            f"{armature.name} is shown in its rest position.", "Set it to Pose Position (Object Data > Pose).",
            "rest_position",
        )  # fmt: skip
    names = list(rig.bones.values())
    objects = read_places(armature, shown)
    poses = read_poses(armature, names, shown) if objects is not None else None
    if objects is None or poses is None:
        objects, poses = _play(context, armature, names, shown)
    _, turn, size = split_matrix(objects, armature.name)
    joints = list(rig.bones)
    turns = np.tile(np.eye(3), (len(shown), 24, 1, 1))
    pose_turns = _rotation_part(poses[..., :3, :3])
    turns[:, joints] = turn[:, None] @ pose_turns @ np.swapaxes(rig.axes[joints], -1, -2)
    positions = np.full((len(shown), 24, 3), np.nan)
    positions[:, joints] = (objects[:, None, :3, :3] @ poses[..., :3, 3:])[..., 0] + objects[:, None, :3, 3]
    rotations = read_rotations(rig.rest, turns)
    # Only the first frame's scale is the rest pose's; bones as they are seen make up for what changes.
    globally = pose_skeleton(rotations, rig.rest.rest_joints, np.zeros(3)).rotations
    joints_at_rest = measure_rest_joints(rig.rest, globally, positions, float(size[0]))
    scene = context.scene
    clip = clip_from_rotations(rotations, positions[:, 0], joints_at_rest, scene.render.fps / scene.render.fps_base)
    clip = replace(
        clip,
        confidence=clip.confidence * rig.rest.known,
        first_frame=shown[0],
        straight=rig.rest.straightened,
    )
    return _doubt_unseen(armature, clip, np.array(shown))


def motion_range(armature: Any) -> tuple[int, int]:
    """First and last scene frame of an armature's motion. GhostcapError: deleted, not_armature, edit_mode, no_motion.

    Of an armature that constraints or drivers move, the range of what it is moved by.
    """
    armature = check_armature(armature)
    spans = _spans(armature, set())
    if not spans:
        raise GhostcapError(f"{armature.name} has no motion.", "Give it an action, or choose another one.", "no_motion")
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    start = int(np.ceil(first - 1e-3))
    return start, max(start, int(np.floor(last + 1e-3)))


def split_matrix(matrices: Array, name: str) -> tuple[Array, Array, Array]:
    """Places (T, 3), rotations (T, 3, 3) and sizes (T,) of objects' matrices (T, 4, 4). GhostcapError `mirrored`."""
    linear = matrices[:, :3, :3]
    volume = np.linalg.det(linear)
    if (volume <= 0).any():
        raise GhostcapError(
            f"{name} is mirrored or flattened by its scale.", "Apply the scale (Object > Apply > Scale).", "mirrored"
        )
    return matrices[:, :3, 3], nearest_rotation(linear), np.cbrt(volume)


def _rotation_part(linear: Array) -> Array:
    """Rotations nearest to (..., 3, 3), which mostly are some already."""
    square = np.swapaxes(linear, -1, -2) @ linear
    if float(np.abs(square - np.eye(3)).max()) > _NEARLY_ROTATION:
        return nearest_rotation(linear)
    # One step of Newton's iteration for the polar decomposition (Higham 1986): the error is squared.
    return linear @ (1.5 * np.eye(3) - 0.5 * square)


def _play(
    context: bpy.types.Context, armature: bpy.types.Object, names: Sequence[str], frames: Sequence[int]
) -> tuple[Array, Array]:
    """The object's matrices (T, 4, 4) and its bones' (T, B, 4, 4), frame by frame as Blender evaluates them."""
    scene, manager = context.scene, context.window_manager
    context.view_layer.update()
    if armature.name not in context.view_layer.objects or not armature.evaluated_get(_graph(context)).is_evaluated:
        raise GhostcapError(
            f"{armature.name} is not in this scene, or switched off in it.",
            "Show it in the viewport while comparing.", "not_in_scene",
        )  # fmt: skip
    order = [armature.pose.bones.find(name) for name in names]
    objects = np.empty((len(frames), 4, 4))
    poses = np.empty((len(frames), len(names), 4, 4))
    every = np.empty(16 * len(armature.pose.bones), dtype=np.float32)
    at, part = scene.frame_current, scene.frame_subframe
    manager.progress_begin(0, len(frames))
    try:
        for row, frame in enumerate(frames):
            scene.frame_set(frame)
            posed = armature.evaluated_get(_graph(context))
            posed.pose.bones.foreach_get("matrix", every)
            # Blender hands matrices over column by column.
            poses[row] = np.swapaxes(every.reshape(-1, 4, 4)[order], -1, -2)
            objects[row] = posed.matrix_world
            manager.progress_update(row)
    finally:
        manager.progress_end()
        scene.frame_set(at, subframe=part)
    return objects, poses


def _graph(context: bpy.types.Context) -> bpy.types.Depsgraph:
    return context.evaluated_depsgraph_get()


def _doubt_unseen(armature: bpy.types.Object, clip: Clip, frames: NDArray[np.integer]) -> Clip:
    """Take from the capture what was seen, and from where; a capture that is gone, or another motion, says nothing."""
    source = armature.ghostcap
    if not (source.folder and source.track and _plays_capture(armature)):
        return clip
    folder = captures.find_folder(source.folder)
    try:
        track, body = captures.read_person(folder, source.track)
        filmed = clip_from_track(track, body, captures.look_up(folder).camera)
    except GhostcapError:
        # The motion is in the .blend; only how well it was seen is gone with the capture.
        return clip
    at = (frames - FIRST_FRAME) / source.step - track.frame[0]
    last = len(track.frame) - 1
    low, high = (np.clip(rows.astype(int), 0, last) for rows in (np.floor(at + 1e-3), np.ceil(at - 1e-3)))
    inside = (at > -1e-3) & (at < last + 1e-3)
    return replace(
        clip,
        trusted=clip.trusted & inside & filmed.trusted[low] & filmed.trusted[high],
        confidence=clip.confidence * np.minimum(filmed.confidence[low], filmed.confidence[high]),
        view=None if filmed.view is None else filmed.view[low],
    )


def _plays_capture(armature: bpy.types.Object) -> bool:
    """Whether the action in use is the capture's, or a copy of it that was edited."""
    animation, ours = armature.animation_data, armature.ghostcap.action
    if animation is None or ours is None or animation.action is None:
        return False
    return animation.action == ours or tuple(animation.action.frame_range) == tuple(ours.frame_range)


def _spans(thing: bpy.types.Object, seen: set[str]) -> list[tuple[float, float]]:
    """Ranges of keys that move an object, directly or through others."""
    if thing.name_full in seen:
        return []
    seen.add(thing.name_full)
    spans = _own_spans(thing)
    if spans:
        return spans
    movers = [constraint for constraint in thing.constraints if not constraint.mute]
    if thing.pose is not None:
        movers += [constraint for bone in thing.pose.bones for constraint in bone.constraints if not constraint.mute]
    targets = [target for mover in movers if (target := getattr(mover, "target", None)) is not None]
    if thing.animation_data is not None:
        targets += [
            target.id
            for driver in thing.animation_data.drivers
            for variable in driver.driver.variables
            for target in variable.targets
            if isinstance(target.id, bpy.types.Object)
        ]
    if thing.parent is not None:
        targets.append(thing.parent)
    return [span for target in targets for span in _spans(target, seen)]


def _own_spans(thing: bpy.types.Object) -> list[tuple[float, float]]:
    animation = thing.animation_data
    if animation is None:
        return []
    spans = []
    curves = [curve.range() for curve in list_moving_curves(animation)]
    if curves:
        action = animation.action
        span = min(low for low, _ in curves), max(high for _, high in curves)
        if action.use_frame_range and action.frame_start < action.frame_end:
            span = action.frame_start, action.frame_end
        spans.append(span)
    if animation.use_nla:
        spans += [
            (strip.frame_start, strip.frame_end)
            for track in animation.nla_tracks
            if not track.mute
            for strip in track.strips
            if not strip.mute
        ]
    return spans
