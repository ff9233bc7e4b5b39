# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel Ghost: an athlete beside the user, in step, and where they differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ...motion.errors import GhostcapError
from ..comparison.belongings import is_copied
from ..comparison.choices import find_person
from ..comparison.display import ghost_of, user_of
from ..comparison.listing import has_result
from ..comparison.markers import has_markers
from ..comparison.operators import is_working
from ..comparison.wording import text_of
from ..translations import CONTEXT
from ..translations.phrases import say
from .sidebar import Sidebar, draw_problem, wrap

_SEVERITIES = ((4.0, "STRIP_COLOR_01"), (2.0, "STRIP_COLOR_02"), (0.0, "STRIP_COLOR_03"))
"""From how many tolerances on a finding is red, orange, yellow."""
_WAYS = {
    "markers": "In step by your markers",
    "golf": "In step by the golf swing's moments",
    "repetitions": "In step by repetitions",
    "motion": "In step by the motion itself",
    "pose": "One picture beside the athlete's most similar moment",
}


class GHOSTCAP_PT_ghost(Sidebar, bpy.types.Panel):
    """Compare a user with an athlete"""

    bl_label = "Ghost"
    bl_idname = "GHOSTCAP_PT_ghost"

    def draw_header(self, context: bpy.types.Context) -> None:
        """The panel's icon."""
        self.layout.label(text="", icon="GHOST_ENABLED")

    def draw(self, context: bpy.types.Context) -> None:
        """Who with whom, the button, and what came of it."""
        layout, comparison = self.layout, context.scene.ghostcap.comparison
        _draw_sides(layout, context, comparison)
        _draw_options(layout, comparison)
        row = layout.row()
        row.scale_y = 1.6
        working = is_working()
        row.operator(
            "ghostcap.compare",
            text="Comparing" if working else "Compare",
            text_ctxt=CONTEXT,
            icon="SORTTIME" if working else "GHOST_ENABLED",
        )
        if comparison.problem:
            column = draw_problem(layout, context, GhostcapError(comparison.problem, comparison.problem_hint))
            if comparison.problem_code == "no_common_motion":
                column.operator("ghostcap.compare", text="Compare Anyway", icon="PLAY").anyway = True
        if not has_result(comparison):
            return
        layout.separator()
        if problem := _find_loss(context.scene):
            draw_problem(layout, context, problem)
        else:
            _draw_score(layout, context, comparison)
            _draw_findings(layout, context, comparison)
            _draw_joints(layout, comparison)
            _draw_display(layout, comparison)
        layout.operator("ghostcap.remove_comparison", icon="TRASH")


def _draw_sides(layout: Any, context: bpy.types.Context, comparison: Any) -> None:
    column = layout.column()
    column.use_property_split, column.use_property_decorate = True, False
    row = column.row(align=True)
    row.prop(comparison, "user", icon="OUTLINER_OB_ARMATURE")
    row.operator("ghostcap.choose_active", text="", icon="RESTRICT_SELECT_OFF").side = "USER"
    row = column.row(align=True)
    row.prop(comparison, "athlete_source", expand=True)
    row.operator("ghostcap.swap_sides", text="", icon="ARROW_LEFTRIGHT")
    row = column.row(align=True)
    if comparison.athlete_source == "OBJECT":
        row.prop(comparison, "athlete", icon="OUTLINER_OB_ARMATURE")
        row.operator("ghostcap.choose_active", text="", icon="RESTRICT_SELECT_OFF").side = "ATHLETE"
        return
    person = find_person(context) if comparison.athlete_file else None
    name = person.label if person else Path(comparison.athlete_file).name or iface_("Choose Person")
    split = row.split(factor=0.4)
    label = split.row()
    label.alignment = "RIGHT"
    label.label(text="Athlete", text_ctxt=CONTEXT)
    row = split.row(align=True)
    row.operator_menu_enum("ghostcap.choose_person", "person", text=name, translate=False)
    row.operator("ghostcap.load_athlete", text="", icon="FILE_FOLDER")


def _draw_options(layout: Any, comparison: Any) -> None:
    header, body = layout.panel("GHOSTCAP_ghost_options", default_closed=True)
    header.label(text="Options")
    if not body:
        return
    body.use_property_split, body.use_property_decorate = True, False
    body.prop(comparison, "by")
    body.prop(comparison, "mirror")
    column = body.column()
    column.prop(comparison, "pure_shape")
    column.prop(comparison, "use_range")
    column.prop(comparison, "use_markers")


def _find_loss(scene: bpy.types.Scene) -> GhostcapError | None:
    """What of the comparison was deleted since."""
    if is_copied(scene):
        return GhostcapError(
            "This comparison came along from another scene.", "Remove it here: the other scene keeps its own."
        )
    if user_of(scene) is None:
        return GhostcapError("The user's armature was deleted.", "Remove the comparison, or compare again.")
    if ghost_of(scene) is None:
        return GhostcapError("The ghost was deleted.", "Remove the comparison, or compare again.")
    return None


def _draw_score(layout: Any, context: bpy.types.Context, comparison: Any) -> None:
    box = layout.box()
    bar = box.row()
    bar.scale_y = 1.4
    if comparison.score >= 0:
        text = f"{iface_('Score')} {comparison.score:.0f} / 100"
        bar.progress(factor=comparison.score / 100, text=text, type="BAR", translate=False)
    else:
        bar.label(text="Nothing could be judged", icon="INFO")
    lines = [iface_("{:s} beside {:s}").format(comparison.compared.name, comparison.athlete_name)]
    lines.append(iface_(_WAYS.get(comparison.how, comparison.how)))
    if comparison.user_laps:
        lines.append(
            iface_("Repetitions: yours {:d}, the athlete's {:d}").format(comparison.user_laps, comparison.athlete_laps)
        )
    if comparison.user_tempo:
        lines.append(
            iface_("Tempo: yours {:.1f}:1, the athlete's {:.1f}:1").format(
                comparison.user_tempo, comparison.athlete_tempo
            )
        )
    if comparison.mirrored:
        lines.append(iface_("The athlete is mirrored"))
    lines.append(iface_("Frames {:d} to {:d}").format(comparison.first, comparison.last))
    column = box.column(align=True)
    column.active = False
    for text in lines:
        for line in wrap(context, text):
            column.label(text=line, translate=False)
    for warning in filter(None, comparison.warnings.split("\n")):
        for number, line in enumerate(wrap(context, say(warning))):
            box.label(text=line, icon="BLANK1" if number else "INFO", translate=False)


def _draw_findings(layout: Any, context: bpy.types.Context, comparison: Any) -> None:
    header, body = layout.panel("GHOSTCAP_ghost_findings")
    header.label(text="What to Work On")
    header.operator("ghostcap.toggle_markers", text="", icon="MARKER_HLT", depress=has_markers(comparison), emboss=True)
    if not body:
        return
    if not len(comparison.findings):
        for line in wrap(context, iface_("No difference worth a word: nothing is above what the capture can tell.")):
            body.label(text=line, translate=False)
    current = context.scene.frame_current
    for number, finding in enumerate(comparison.findings):
        icon = next(icon for least, icon in _SEVERITIES if finding.severity >= least)
        box = body.box() if finding.frame == current else body
        column = box.column(align=True)
        column.scale_y = 0.9
        for row_number, line in enumerate(wrap(context, text_of(finding))):
            row = column.row()
            row.alignment = "LEFT"
            row.operator(
                "ghostcap.show_finding",
                text=line,
                icon="BLANK1" if row_number else icon,
                emboss=False,
                translate=False,
            ).finding = number


def _draw_joints(layout: Any, comparison: Any) -> None:
    header, body = layout.panel("GHOSTCAP_ghost_joints")
    header.label(text="Joints")
    if not body:
        return
    row = body.row()
    row.template_list(
        "GHOSTCAP_UL_compared_joints", "", comparison, "joints", comparison, "active_joint", rows=6, maxrows=8
    )
    column = row.column(align=True)
    column.operator("ghostcap.show_worst", text="", icon="TIME")
    column.operator("ghostcap.show_graph", text="", icon="FCURVE")
    if comparison.active_joint < len(comparison.joints):
        joint = comparison.joints[comparison.active_joint]
        text = body.column(align=True)
        text.active = False
        text.label(text=iface_("Worst at frame {:d}").format(joint.frame), translate=False)
        text.label(text=iface_("Seen in {:.0%} of the frames").format(joint.seen), translate=False)


def _draw_display(layout: Any, comparison: Any) -> None:
    header, body = layout.panel("GHOSTCAP_ghost_display")
    header.label(text="Display")
    if not body:
        return
    body.use_property_split, body.use_property_decorate = True, False
    body.prop(comparison, "show_ghost")
    sub = body.column()
    sub.active = comparison.show_ghost
    sub.prop(comparison, "opacity", slider=True)
    sub.prop(comparison, "offset")
    if comparison.original is not None:
        body.prop(comparison, "show_athlete")
    body.prop(comparison, "heatmap")
    column = body.column(align=True)
    column.active = comparison.heatmap != "OFF"
    column.prop(comparison, "range_low")
    column.prop(comparison, "range_high", text="To", text_ctxt=CONTEXT)
    column = body.column(heading="Show")
    column.prop(comparison, "show_arrows")
    column.prop(comparison, "show_numbers")
    column.prop(comparison, "show_legend")
    sub = body.column()
    sub.active = comparison.show_arrows or comparison.show_numbers
    sub.prop(comparison, "threshold")


_CLASSES = (GHOSTCAP_PT_ghost,)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
