# SPDX-License-Identifier: GPL-3.0-or-later
"""Files dropped into the viewport: videos to capture, captures, motion files of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import StringProperty

from ..motion.errors import GhostcapError
from .problems import reports_problems

VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".mts", ".3gp")
CATEGORY = "Ghostcap"
_TRIES = 20
"""To choose the tab, a tenth of a second apart."""


class GHOSTCAP_OT_drop_video(bpy.types.Operator):
    """Choose a video to capture; the sidebar then has the button that begins, and what can be said beforehand"""

    bl_idname = "ghostcap.drop_video"
    bl_label = "Choose Video"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(name="Video", subtype="FILE_PATH", options={"SKIP_SAVE"})

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take the video, and show the sidebar."""
        path = Path(bpy.path.abspath(self.filepath))
        if not path.is_file():
            raise GhostcapError(f"{path} does not exist.")
        context.scene.ghostcap.video = str(path)
        show_sidebar(context)
        self.report({"INFO"}, rpt_("{:s}: press Capture Video in the sidebar").format(path.name))
        return {"FINISHED"}


class _InViewport:
    """Files for viewports and their sidebars only: other editors have their own use for videos."""

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        """Whether it may be dropped here."""
        return _in_viewport(context)


class GHOSTCAP_FH_video(_InViewport, bpy.types.FileHandler):
    """Videos become the one to capture"""

    bl_idname = "GHOSTCAP_FH_video"
    bl_label = "Capture with Ghostcap"
    bl_import_operator = "ghostcap.drop_video"
    bl_file_extensions = ";".join(VIDEO_SUFFIXES)


class GHOSTCAP_FH_capture(_InViewport, bpy.types.FileHandler):
    """A capture.json opens its capture"""

    bl_idname = "GHOSTCAP_FH_capture"
    bl_label = "Open Ghostcap Capture"
    bl_import_operator = "ghostcap.open_capture"
    bl_file_extensions = ".json"


class GHOSTCAP_FH_motion(_InViewport, bpy.types.FileHandler):
    """Motion files of AMASS become armatures"""

    bl_idname = "GHOSTCAP_FH_motion"
    bl_label = "Import AMASS Motion"
    bl_import_operator = "ghostcap.import_motion"
    bl_file_extensions = ".npz"


class GHOSTCAP_FH_phalp(_InViewport, bpy.types.FileHandler):
    """Files of 4D-Humans become captures"""

    bl_idname = "GHOSTCAP_FH_phalp"
    bl_label = "Import 4D-Humans Tracks"
    bl_import_operator = "ghostcap.import_phalp"
    bl_file_extensions = ".pkl"


def show_sidebar(context: bpy.types.Context) -> None:
    """Open a viewport's sidebar with Ghostcap's tab, where Blender lets an add-on choose the tab."""
    area = _viewport(context)
    if area is None:
        return
    area.spaces.active.show_region_ui = True
    if not _choose_category(area):
        # A sidebar that was never open has no tabs before it is drawn.
        address, left = area.as_pointer(), [_TRIES]

        def try_again() -> float | None:
            left[0] -= 1
            # The area may have gone meanwhile; looking it up is safe, keeping it is not.
            areas = [area for window in bpy.context.window_manager.windows for area in window.screen.areas]
            found = next((one for one in areas if one.as_pointer() == address), None)
            return 0.1 if left[0] and found is not None and not _choose_category(found) else None

        bpy.app.timers.register(try_again, first_interval=0.1)


def _viewport(context: bpy.types.Context) -> Any:
    """The viewport the user is in, or the largest one; None without any."""
    if _in_viewport(context):
        return context.area
    areas = [area for area in context.screen.areas if area.type == "VIEW_3D"] if context.screen else []
    return max(areas, key=lambda area: area.width * area.height, default=None)


def _choose_category(area: Any) -> bool:
    """Whether it could be chosen, or never can."""
    region = next((region for region in area.regions if region.type == "UI"), None)
    if region is None or region.bl_rna.properties["active_panel_category"].is_readonly:
        return True
    try:
        region.active_panel_category = CATEGORY
    except (AttributeError, TypeError):
        # Without any tabs it is read-only, without ours a wrong value.
        return False
    area.tag_redraw()
    return True


def _in_viewport(context: bpy.types.Context) -> bool:
    return context.area is not None and context.area.type == "VIEW_3D"


_CLASSES = (GHOSTCAP_OT_drop_video, GHOSTCAP_FH_video, GHOSTCAP_FH_capture, GHOSTCAP_FH_motion, GHOSTCAP_FH_phalp)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
