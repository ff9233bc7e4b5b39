# SPDX-License-Identifier: GPL-3.0-or-later
"""Merge, split, trim, rename and restore tracks: stored in the capture, taken back by Blender's Undo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import IntProperty

from ...motion.capture import Capture
from ...motion.revisions import merge_tracks, rename_track, restore_tracks, split_track, trim_track
from .. import captures
from ..build import find_character
from ..character import clip_name
from ..problems import in_words, reports_problems
from ..timeline import video_frame
from .track_list import shown_range


def store_name(track: Any) -> None:
    """Write the name the user typed into the capture; the character takes it if it still has the old one."""
    scene = track.id_data
    item = next(item for item in scene.ghostcap.captures if track.as_pointer() in _pointers(item))
    folder = captures.folder_of(item)
    capture = captures.look_up(folder)
    row = next((row for row in capture.tracks if row.id == track.track_id), None)
    if row is None or track.name == clip_name(capture, row):
        return
    before = clip_name(capture, row)
    capture = rename_track(folder, row.id, track.name)
    name = clip_name(capture, next(row for row in capture.tracks if row.id == track.track_id))
    armature = find_character(scene, item, track.track_id)
    if armature is not None:
        action, body = armature.ghostcap.action, armature.ghostcap.body
        for thing, suffix in ((armature, ""), (armature.data, ""), (action, ""), (body, "_body")):
            if thing is not None and thing.name == f"{before}{suffix}":
                thing.name = f"{name}{suffix}"
        if action is not None and action.slots:
            action.slots[0].name_display = name
    captures.sync(item)


class _TrackEdit:
    """An edit of the active capture's tracks."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a track of a capture that can be read."""
        return poll_track(cls, context)

    def edit(self, context: bpy.types.Context, change: Callable[[Path], Capture]) -> set[str]:
        """Do it on disk, then bring the list in step."""
        item = captures.active_capture(context)
        change(captures.folder_of(item))
        captures.sync(item)
        return {"FINISHED"}


class GHOSTCAP_OT_merge_tracks(bpy.types.Operator, _TrackEdit):
    """Make one track of all ticked ones; they have to be the same person. Gaps between them are bridged"""

    bl_idname = "ghostcap.merge_tracks"
    bl_label = "Merge Tracks"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs two."""
        if not poll_track(cls, context):
            return False
        if len(_ticked(context)) < 2:
            cls.poll_message_set(rpt_("Tick two or more tracks of the same person"))
            return False
        return True

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Merge; the merged track stays ticked and becomes the active one."""
        ids = _ticked(context)
        done = self.edit(context, lambda folder: merge_tracks(folder, ids))
        item = captures.active_capture(context)
        for number, track in enumerate(item.tracks):
            if track.track_id in ids and "FINISHED" in done:
                item.active_track = number
        return done


class GHOSTCAP_OT_split_track(bpy.types.Operator, _TrackEdit):
    """Make two tracks of the active one: the second begins at the current frame"""

    bl_idname = "ghostcap.split_track"
    bl_label = "Split Track at Playhead"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs the playhead inside the track."""
        if not poll_track(cls, context):
            return False
        item, track = captures.active_capture(context), captures.active_track(context)
        if not track.first < video_frame(context.scene, item.step) <= track.last:
            cls.poll_message_set(rpt_("Move the playhead to a frame inside the track"))
            return False
        return True

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Split."""
        track = captures.active_track(context).track_id
        frame = video_frame(context.scene, captures.active_capture(context).step)
        return self.edit(context, lambda folder: split_track(folder, track, frame))


class GHOSTCAP_OT_trim_track(bpy.types.Operator, _TrackEdit):
    """Keep a part of the active track"""

    bl_idname = "ghostcap.trim_track"
    bl_label = "Trim Track"

    first: IntProperty(name="First Frame", description="Frame of the scene to begin at")
    last: IntProperty(name="Last Frame", description="Frame of the scene to end at")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Begin with the track's own range, or the preview range where one is set."""
        item, track = captures.active_capture(context), captures.active_track(context)
        scene = context.scene
        if scene.use_preview_range:
            self.first, self.last = scene.frame_preview_start, scene.frame_preview_end
        else:
            self.first, self.last = shown_range(item, track)
        return context.window_manager.invoke_props_dialog(self, confirm_text="Trim")

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Trim; without a range, to the scene's."""
        item, track = captures.active_capture(context), captures.active_track(context).track_id
        scene = context.scene
        chosen = self.properties.is_property_set("first") or self.properties.is_property_set("last")
        first, last = (self.first, self.last) if chosen else (scene.frame_start, scene.frame_end)
        first, last = video_frame(scene, item.step, first), video_frame(scene, item.step, last)
        return self.edit(context, lambda folder: trim_track(folder, track, first, last))


class GHOSTCAP_OT_restore_tracks(bpy.types.Operator, _TrackEdit):
    """Take back all edits: the tracks as they were captured"""

    bl_idname = "ghostcap.restore_tracks"
    bl_label = "Restore Captured Tracks"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs edits."""
        item = captures.active_capture(context)
        if item is None or captures.find_problem(item) is not None:
            return poll_track(cls, context)
        if not item.revision:
            cls.poll_message_set(rpt_("The tracks are as captured"))
            return False
        return True

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Restore."""
        return self.edit(context, restore_tracks)


class GHOSTCAP_OT_refresh_tracks(bpy.types.Operator):
    """Read the list of tracks from disk again"""

    bl_idname = "ghostcap.refresh_tracks"
    bl_label = "Refresh Tracks"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a capture."""
        return poll_capture(cls, context, readable=False)

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Refresh."""
        captures.sync(captures.active_capture(context))
        return {"FINISHED"}


def poll_capture(operator: Any, context: bpy.types.Context, readable: bool = True) -> bool:
    """Whether there is an active capture, one that can be read if asked for; says why not."""
    item = captures.active_capture(context)
    if item is None:
        operator.poll_message_set(rpt_("Capture a video or open a capture first"))
        return False
    if readable and (problem := captures.find_problem(item)):
        operator.poll_message_set(in_words(problem))
        return False
    return True


def poll_track(operator: Any, context: bpy.types.Context) -> bool:
    """Whether there is an active track of a capture that can be read; says why not."""
    if not poll_capture(operator, context):
        return False
    if captures.active_track(context) is None:
        operator.poll_message_set(rpt_("Nobody was found in this video"))
        return False
    return True


def _ticked(context: bpy.types.Context) -> list[int]:
    return [track.track_id for track in captures.active_capture(context).tracks if track.build]


def _pointers(item: Any) -> set[int]:
    return {track.as_pointer() for track in item.tracks}


_CLASSES = (
    GHOSTCAP_OT_merge_tracks,
    GHOSTCAP_OT_split_track,
    GHOSTCAP_OT_trim_track,
    GHOSTCAP_OT_restore_tracks,
    GHOSTCAP_OT_refresh_tracks,
)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
