# SPDX-License-Identifier: GPL-3.0-or-later
"""What all panels of the sidebar share: their place, and how they tell of a problem."""

from __future__ import annotations

from typing import Any

import bpy

from ...motion.errors import GhostcapError
from ..drop import CATEGORY
from ..problems import break_lines, letters_across
from ..translations import CONTEXT
from ..translations.phrases import say


class Sidebar:
    """A panel of the sidebar."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY
    bl_translation_context = CONTEXT
    header_icon = ""

    def draw_header(self: Any, context: bpy.types.Context) -> None:
        """The panel's icon."""
        if self.header_icon:
            self.layout.label(text="", icon=self.header_icon)


def draw_hint(layout: Any, text: str, icon: str = "INFO") -> None:
    """What to do where there is nothing to show yet."""
    row = layout.row()
    row.active = False
    row.label(text=text, icon=icon)


def draw_problem(layout: Any, context: bpy.types.Context, problem: GhostcapError | str) -> Any:
    """A red box with what is wrong and what to do; returns its column for a button that helps."""
    box = layout.box()
    column = box.column(align=True)
    message, hint = (problem, "") if isinstance(problem, str) else (say(problem.message), say(problem.hint))
    lines = wrap(context, message)
    head = column.row()
    head.alert = True
    head.label(text=lines[0], icon="ERROR", translate=False)
    for line in lines[1:]:
        row = column.row()
        row.alert = True
        row.label(text=line, icon="BLANK1", translate=False)
    for line in wrap(context, hint):
        column.label(text=line, icon="BLANK1", translate=False)
    return column


def wrap(context: bpy.types.Context, text: str) -> list[str]:
    """A sentence in lines that fit the region: labels do not wrap. Paths are broken where they have to be."""
    return break_lines(text, letters_across(context))
