# SPDX-License-Identifier: GPL-3.0-or-later
"""One person's clip as FBX, GLB or BVH, right for game engines."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from math import pi
from pathlib import Path

import addon_utils
import bpy
from mathutils import Matrix

from ..motion.archive import written_whole
from ..motion.errors import GhostcapError
from .staging import Stage, staged
from .targets import ExportTarget, Format


class ExportError(GhostcapError):
    """A file that can't be written."""

    code = "export_failed"


def export_clip(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    path: Path,
    file_format: Format,
    target: ExportTarget,
    overwrite: bool = False,
) -> Path:
    """Write the armature's current action, with its body if the target wants it, to `path`; returns the path.

    The file has one clip with the action's name, keys at every frame from time 0, bones in T-pose at rest, metres, and
    a node "Armature" with scale 1. It is written whole or not at all, and replaces no other unless `overwrite`.
    ExportError says what went wrong.
    """
    if path.exists() and not overwrite:
        raise ExportError(f"{path} exists already.", "Choose another name or allow overwriting.", code="exists")
    write = _WRITERS[file_format]
    _enable_exporter(file_format)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            written_whole(path) as temporary,
            staged(context, armature, target.body) as stage,
            context.temp_override(
                scene=stage.scene,
                view_layer=stage.scene.view_layers[0],
                active_object=stage.armature,
                object=stage.armature,
                selected_objects=[stage.armature, *stage.models],
            ),
            # Blender's exporters chat on stdout, which belongs to the line protocol.
            redirect_stdout(StringIO()),
        ):
            write(stage, temporary, target)
    except (OSError, RuntimeError) as error:
        raise ExportError(f"{path} can't be written: {_reason(error)}.") from error
    return path


def file_name(clip: str, file_format: Format) -> str:
    """A clip's name as a file name every system takes."""
    safe = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", clip).strip(" .")
    return f"{safe or 'clip'}.{file_format}"


def _write_fbx(_stage: Stage, path: Path, target: ExportTarget) -> None:
    bpy.ops.export_scene.fbx(
        filepath=str(path),
        check_existing=False,
        object_types={"ARMATURE", "MESH"},
        add_leaf_bones=False,
        use_mesh_modifiers=False,
        bake_anim=True,
        bake_anim_use_all_bones=True,
        bake_anim_use_nla_strips=True,
        bake_anim_use_all_actions=False,
        bake_anim_force_startend_keying=True,
        bake_anim_step=1.0,
        bake_anim_simplify_factor=0.0,
        use_custom_props=False,
        path_mode="STRIP",
        **target.fbx,
    )


def _write_glb(_stage: Stage, path: Path, target: ExportTarget) -> None:
    bpy.ops.export_scene.gltf(
        filepath=str(path),
        check_existing=False,
        export_format="GLB",
        use_active_scene=True,
        export_animations=True,
        export_animation_mode="NLA_TRACKS",
        export_force_sampling=True,
        export_optimize_animation_size=False,
        export_anim_slide_to_zero=True,
        export_frame_range=False,
        export_rest_position_armature=True,
        export_extras=False,
        **target.glb,
    )


def _write_bvh(stage: Stage, path: Path, target: ExportTarget) -> None:
    # BVH is y up by custom; Blender's exporter writes bones as they lie, so they are laid that way.
    stage.armature.data.transform(Matrix.Rotation(-pi / 2, 4, "X"))
    bpy.ops.export_anim.bvh(
        filepath=str(path),
        check_existing=False,
        frame_start=stage.scene.frame_start,
        frame_end=stage.scene.frame_end,
        rotate_mode="ZXY",
        **target.bvh,
    )


_WRITERS: dict[Format, Callable[[Stage, Path, ExportTarget], None]] = {
    "fbx": _write_fbx,
    "glb": _write_glb,
    "bvh": _write_bvh,
}


_EXPORTERS: dict[Format, tuple[str, str]] = {
    "fbx": ("EXPORT_SCENE_OT_fbx", "io_scene_fbx"),
    "glb": ("EXPORT_SCENE_OT_gltf", "io_scene_gltf2"),
    "bvh": ("EXPORT_ANIM_OT_bvh", "io_anim_bvh"),
}
"""Operator and module of each exporter."""


def _enable_exporter(file_format: Format) -> None:
    """The exporters are add-ons of Blender's own, and somebody may have switched one off."""
    operator, module = _EXPORTERS[file_format]
    if not hasattr(bpy.types, operator) and addon_utils.enable(module) is None:
        raise ExportError(f"Blender's add-on {module} can't be enabled.", "Enable it in Blender's preferences.")


def _reason(error: Exception) -> str:
    """The last line of an operator's traceback, or what the system says."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and not line.startswith("Location:")]
    return lines[-1].removeprefix("Error: ").rstrip(".") if lines else "unknown error"
