# SPDX-License-Identifier: GPL-3.0-or-later
"""To the moments that matter: a finding's, a joint's worst; on the timeline, in the Graph Editor."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import IntProperty

from ..changes import redraw_views
from .display import ghost_of
from .graph import show_graph
from .listing import select_joint
from .markers import add_markers, has_markers, remove_markers


class GHOSTCAP_OT_show_finding(bpy.types.Operator):
    """Go to the frame where this is worst"""

    bl_idname = "ghostcap.show_finding"
    bl_label = "Go to Finding"
    bl_options = {"INTERNAL"}

    finding: IntProperty(name="Finding", description="Its number in the list, from 0", min=0)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Go there."""
        comparison = context.scene.ghostcap.comparison
        if self.finding >= len(comparison.findings):
            self.report({"WARNING"}, rpt_("There is no such finding"))
            return {"CANCELLED"}
        finding = comparison.findings[self.finding]
        context.scene.frame_set(finding.frame)
        select_joint(comparison, finding.joint)
        redraw_views(None, context)
        return {"FINISHED"}


class GHOSTCAP_OT_show_worst(bpy.types.Operator):
    """Go to the frame where the joint chosen in the list differs most"""

    bl_idname = "ghostcap.show_worst"
    bl_label = "Go to Worst Frame"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a joint."""
        return _poll_joints(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Go there."""
        comparison = context.scene.ghostcap.comparison
        context.scene.frame_set(comparison.joints[comparison.active_joint].frame)
        return {"FINISHED"}


class GHOSTCAP_OT_show_graph(bpy.types.Operator):
    """Show how the joints differ over time in the Graph Editor: the worst ones, and the one chosen in the list"""

    bl_idname = "ghostcap.show_graph"
    bl_label = "Show Graph"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a joint, and its ghost."""
        if not _poll_joints(cls, context):
            return False
        if ghost_of(context.scene) is None:
            cls.poll_message_set(rpt_("The ghost is gone: compare again"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Show it."""
        show_graph(context)
        return {"FINISHED"}


class GHOSTCAP_OT_toggle_markers(bpy.types.Operator):
    """Put the findings on the timeline as markers, or take them off; your own markers stay"""

    bl_idname = "ghostcap.toggle_markers"
    bl_label = "Findings on Timeline"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs findings."""
        if not len(context.scene.ghostcap.comparison.findings):
            cls.poll_message_set(rpt_("There are no findings"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Add or remove them."""
        if has_markers(context.scene.ghostcap.comparison):
            remove_markers(context.scene)
        else:
            add_markers(context.scene)
        return {"FINISHED"}


def _poll_joints(operator: Any, context: bpy.types.Context) -> bool:
    comparison = context.scene.ghostcap.comparison
    if not 0 <= comparison.active_joint < len(comparison.joints):
        operator.poll_message_set(rpt_("Compare first"))
        return False
    return True


_CLASSES = (
    GHOSTCAP_OT_show_finding,
    GHOSTCAP_OT_show_worst,
    GHOSTCAP_OT_show_graph,
    GHOSTCAP_OT_toggle_markers,
)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
