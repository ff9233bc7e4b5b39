# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel Cleanup: what is done to the active character's raw motion, and how much it changes."""

from __future__ import annotations

import bpy

from ..cleanup import character_of, find_source_problem
from .sidebar import Sidebar, draw_hint, draw_problem


class GHOSTCAP_PT_cleanup(Sidebar, bpy.types.Panel):
    """Clean up the active character; nothing is lost, the raw motion stays in the capture"""

    bl_label = "Cleanup"
    bl_idname = "GHOSTCAP_PT_cleanup"
    header_icon = "BRUSH_DATA"

    def draw(self, context: bpy.types.Context) -> None:
        """The settings of the active character."""
        layout = self.layout
        armature = character_of(context.active_object)
        if armature is None:
            draw_hint(layout, text="Select a character that Ghostcap built")
            return
        row = layout.row(align=True)
        row.label(text=armature.name, icon="OUTLINER_OB_ARMATURE", translate=False)
        row.operator("ghostcap.copy_cleanup", text="", icon="COPYDOWN")
        row.operator("ghostcap.reset_cleanup", text="", icon="LOOP_BACK")
        problem = find_source_problem(armature)
        if problem:
            draw_problem(layout, context, problem)
        cleanup = armature.ghostcap.cleanup
        layout = layout.column()
        layout.enabled = problem is None
        layout.use_property_split, layout.use_property_decorate = True, False
        column = layout.column(align=True)
        column.prop(cleanup, "method")
        column.prop(cleanup, "strength", slider=True)
        layout.prop(cleanup, "root_motion")
        column = layout.column(align=True)
        column.prop(cleanup, "height")
        column.prop(cleanup, "floor")
        column.prop(cleanup, "facing")
        layout.prop(cleanup, "to_origin")
        shown = armature.ghostcap.ghost is not None
        self.layout.operator(
            "ghostcap.toggle_raw",
            text="Hide Raw Motion" if shown else "Show Raw Motion",
            icon="HIDE_OFF" if shown else "HIDE_ON",
            depress=shown,
        )


_CLASSES = (GHOSTCAP_PT_cleanup,)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
