# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel Export: the active character's clip for another program."""

from __future__ import annotations

import bpy

from ..targets import read_target
from .sidebar import Sidebar, wrap


class GHOSTCAP_PT_export(Sidebar, bpy.types.Panel):
    """Write the active character's clip to a file"""

    bl_label = "Export"
    bl_idname = "GHOSTCAP_PT_export"
    header_icon = "EXPORT"

    def draw(self, context: bpy.types.Context) -> None:
        """For which program, and the button."""
        layout, settings = self.layout, context.scene.ghostcap
        column = layout.column()
        column.use_property_split, column.use_property_decorate = True, False
        column.prop(settings, "export_target")
        target = read_target(settings.export_target)
        text = layout.column(align=True)
        text.active = False
        for line in wrap(context, bpy.app.translations.pgettext_tip(target.description)):
            text.label(text=line, translate=False)
        row = layout.row()
        row.scale_y = 1.3
        row.operator("ghostcap.export_clip", text="Export Clip", icon="EXPORT").target = settings.export_target


_CLASSES = (GHOSTCAP_PT_export,)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
