# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bone of an armature is which of SMPL's joints: by the names of known rigs, or by what names tell in general.

The names of known rigs are in presets/bone_maps/*.toml. Names count without case, spaces, dots, dashes, underscores.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from .bone_names import bare_names, guess_bones
from .errors import GhostcapError
from .skeleton import JOINT, JOINT_NAMES

REQUIRED: Final = (
    "Pelvis", "L_Hip", "L_Knee", "R_Hip", "R_Knee", "L_Shoulder", "L_Elbow", "R_Shoulder", "R_Elbow", "Head",
)  # fmt: skip
"""Without these there is no body to compare."""
_WORDS: Final = {
    "Pelvis": "hips", "Head": "head", "Hip": "upper leg", "Knee": "lower leg", "Shoulder": "upper arm",
    "Elbow": "lower arm",
}  # fmt: skip
_IGNORED = re.compile(r"[\s_.\-|:]+")


@dataclass(frozen=True)
class BoneMap:
    """Names of one kind of rig."""

    label: str
    exact: bool
    """The rig rests in SMPL's own T-pose."""
    prefixes: tuple[str, ...]
    """Regular expressions for what may stand before each name, small, without what does not count."""
    sides: tuple[tuple[str, str], ...]
    """Left and right, as they take the place of {side}; the first pair that fits is taken."""
    bones: Mapping[str, tuple[str, ...]]
    """Joint, without its side -> names, the best first. No bone is taken twice, the joint above has the choice."""


@dataclass(frozen=True)
class Match:
    """What was found."""

    label: str
    """The kind of rig; empty when names alone told."""
    exact: bool
    """The rig is laid out as SMPL's skeleton."""
    bones: Mapping[int, str]
    """Number of a joint -> name of its bone."""


def match_bones(names: Sequence[str], parents: Sequence[int], chosen: Mapping[str, str] | None = None) -> Match:
    """Find the bones of SMPL's joints among names (B,), parents being their numbers, -1 at the top.

    chosen: bone -> joint as the user said, which wins. GhostcapError `unknown_armature` names what is missing.
    """
    chosen = chosen or {}
    unknown = [f"{joint!r} ({bone})" for bone, joint in chosen.items() if joint not in JOINT]
    if unknown:
        raise GhostcapError(
            f"No joint is called {', '.join(unknown)}.",
            f"The joints are: {', '.join(JOINT_NAMES)}.",
            "unknown_armature",
        )
    own = {JOINT[joint]: bone for bone, joint in chosen.items()}
    best = max((_match_map(kind, names) for kind in read_bone_maps()), key=_rank)
    if _missing({**best.bones, **own}):
        guessed = Match("", False, guess_bones(names, parents))
        best = max(best, guessed, key=_rank)
    bones = {joint: bone for joint, bone in best.bones.items() if bone not in chosen} | own
    if missing := _missing(bones):
        raise GhostcapError(
            f"Bones of this armature were not recognised: {', '.join(missing)}.",
            'Give each such bone a custom property "ghostcap_joint" with the name of its joint, as in '
            f"{', '.join(name for name in REQUIRED if JOINT[name] not in bones)}.",
            "unknown_armature",
        )
    return Match(best.label, best.exact, dict(sorted(bones.items())))


@cache
def read_bone_maps() -> tuple[BoneMap, ...]:
    """The rigs known by name."""
    files = sorted((file for file in _folder().iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(_read(file) for file in files)


def _read(file: Traversable) -> BoneMap:
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return BoneMap(
        table["label"], table.get("exact", False), tuple(table.get("prefixes", ())),
        tuple((left, right) for left, right in table["sides"]),
        {joint: tuple(names) for joint, names in table["bones"].items()},
    )  # fmt: skip


def _match_map(kind: BoneMap, names: Sequence[str]) -> Match:
    prefix = re.compile(rf"^(?:{'|'.join(kind.prefixes)})(?=.)") if kind.prefixes else None
    found = []
    # What all names begin with may be the rig's own mark, or somebody's.
    for given in (names, bare_names(names)):
        by_name: dict[str, str] = {}
        for name, text in zip(names, given, strict=True):
            plain = _plain(text.rpartition(":")[2])
            by_name.setdefault(prefix.sub("", plain) if prefix else plain, name)
        found += [_match_sides(kind, sides, by_name) for sides in kind.sides]
    return Match(kind.label, kind.exact, max(found, key=len))


def _match_sides(kind: BoneMap, sides: tuple[str, str], by_name: Mapping[str, str]) -> dict[int, str]:
    bones: dict[int, str] = {}
    for part, candidates in kind.bones.items():
        sided = f"L_{part}" in JOINT
        for mark, side in zip(("L_", "R_"), sides, strict=True) if sided else (("", ""),):
            for candidate in candidates:
                bone = by_name.get(_plain(candidate.replace("{side}", side)))
                if bone is not None and bone not in bones.values():
                    bones[JOINT[mark + part]] = bone
                    break
    return bones


def _rank(match: Match) -> tuple[bool, int, bool]:
    return not _missing(match.bones), len(match.bones), match.exact


def _missing(bones: Mapping[int, str]) -> list[str]:
    """What has no bone, in words."""
    missing = []
    for name in REQUIRED:
        if JOINT[name] not in bones:
            side = {"L_": "left ", "R_": "right "}.get(name[:2], "")
            missing.append(side + _WORDS[name.removeprefix("L_").removeprefix("R_")])
    return missing


def _plain(name: str) -> str:
    return _IGNORED.sub("", name).lower()


def _folder() -> Traversable:
    return resources.files((__package__ or "").rpartition(".")[0]) / "presets" / "bone_maps"
