# SPDX-License-Identifier: GPL-3.0-or-later
"""Export targets: what each engine wants, read from presets/targets/*.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from importlib import resources
from typing import Any, Final, Literal, get_args

from ..motion.errors import GhostcapError
from ..motion.root_motion import ROOT_MODES, RootMode

Format = Literal["fbx", "glb", "bvh"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
DEFAULT_TARGET: Final = "generic"


class TargetError(GhostcapError):
    """An export target that does not exist or whose file is wrong."""

    code = "bad_target"


@dataclass(frozen=True)
class ExportTarget:
    """How to export for one program. `fbx`, `glb` and `bvh` are options of Blender's exporters."""

    label: str
    description: str
    format: Format
    """What to write when nothing else is asked for."""
    root_motion: RootMode
    body: bool
    """Export the skinned mesh as well, not only the bones."""
    fbx: dict[str, Any]
    glb: dict[str, Any]
    bvh: dict[str, Any]


def list_targets() -> tuple[str, ...]:
    """Names of all targets, the default one first."""
    names = sorted(item.name.removesuffix(".toml") for item in _folder().iterdir() if item.name.endswith(".toml"))
    return (DEFAULT_TARGET, *(name for name in names if name != DEFAULT_TARGET))


def read_target(name: str) -> ExportTarget:
    """The target of that name; TargetError says which there are, or what is wrong with its file."""
    if name not in list_targets():
        raise TargetError(f"There is no export target {name!r}.", f"There are: {', '.join(list_targets())}.")
    file = _folder() / f"{name}.toml"
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TargetError(f"{file} can't be read: {error}.") from error
    known = {field.name for field in fields(ExportTarget)}
    if wrong := known.symmetric_difference(values):
        raise TargetError(f"{file}: unknown or missing: {', '.join(sorted(wrong))}.")
    if values["format"] not in FORMATS or values["root_motion"] not in ROOT_MODES:
        raise TargetError(f"{file}: format is one of {', '.join(FORMATS)}, root_motion one of {', '.join(ROOT_MODES)}.")
    return ExportTarget(**values)


def _folder() -> Any:
    # The package is `ghostcap`, or `bl_ext.<repository>.ghostcap` when Blender installed it as an extension.
    return resources.files((__package__ or "").rpartition(".")[0]) / "presets" / "targets"
