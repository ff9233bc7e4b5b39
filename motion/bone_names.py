# SPDX-License-Identifier: GPL-3.0-or-later
"""What the names of bones tell of an unknown rig: words for parts of the body, and for left and right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from .skeleton import JOINT

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_FIRST = re.compile(r"[^\s_.\-|]+[\s_.\-|]+(?=.)")
_NEARLY_ALL: Final = 0.9
_LEFT: Final = frozenset({"l", "left", "lft", "lf", "lt"})
_RIGHT: Final = frozenset({"r", "right", "rgt", "rt"})
_OTHER: Final = frozenset({
    "twist", "roll", "ik", "pole", "target", "ctrl", "control", "ctl", "mch", "helper", "end", "nub", "tip", "dummy",
    "corrective", "volume", "tweak", "aux", "offset", "null", "site", "effector", "goal", "vis", "master", "parent",
    "toeroll", "heel", "thumb", "index", "ring", "pinky", "little", "eye", "jaw", "hair", "skirt", "breast", "weapon",
})  # fmt: skip
"""A bone with one of these words is none of the body's own."""
_PARTS: Final = {
    "Hip": r"thigh|up(per)?leg|legup(per)?|femur",
    "Knee": r"shin|calf|lo(w|wer)?leg|leglo(w|wer)?|tibia|crus|knee",
    "Ankle": r"foot|ankle",
    "Foot": r"toe|toes|toebase|ball",
    "Collar": r"clavicle|collar|collarbone|shoulder",
    "Shoulder": r"up(per)?arm|armup(per)?|humerus|bicep|shldr|arm",
    "Elbow": r"fore?arm|lo(w|wer)?arm|armlo(w|wer)?|ulna|radius|elbow",
    "Wrist": r"hand|wrist|palm",
    "Hand": r"(f|finger)?(middle|mid)(finger)?(proximal)?",
}
_PATTERNS: Final = {part: re.compile(rf"(?:def|org|bip|bone|b|jnt|joint|j|c)?(?:{text})(?:bone|jnt|joint|def)?")
                    for part, text in _PARTS.items()}  # fmt: skip
_HIPS = re.compile(r"(?:def|org|bone|b|jnt|j|c)?(?:hips?|pelvis)(?:bone|jnt|joint)?")
_HEAD = re.compile(r"(?:def|org|bone|b|jnt|j|c)?head(?:bone|jnt|joint)?")
_NECK = re.compile(r"(?:def|org|bone|b|jnt|j|c)?neck(?:bone|jnt|joint)?")


def bare_names(names: Sequence[str]) -> list[str]:
    """Names without namespace (the part before a colon) and without the word that nearly all of them begin with."""
    bare = [name.rpartition(":")[2] or name for name in names]
    while True:
        starts = Counter(match[0] for name in bare if (match := _FIRST.match(name)))
        word, count = starts.most_common(1)[0] if starts else ("", 0)
        # A rig's own words, as DEF- and ORG-, go with many bones, too; then others have other ones.
        if count < 8 or count < _NEARLY_ALL * len(bare):
            return bare
        bare = [name.removeprefix(word) for name in bare]


def guess_bones(names: Sequence[str], parents: Sequence[int]) -> dict[int, str]:
    """Joint -> bone as far as names (B,) and parents (B,), -1 at the top, tell. The first bone of a chain is taken."""
    order = sorted(range(len(names)), key=lambda bone: len(_ancestors(bone, parents)))
    bare = bare_names(names)
    found: dict[int, int] = {}
    for bone in order:
        joint = _guess(bare[bone])
        if joint is not None:
            found.setdefault(joint, bone)
    found.update(_guess_spine(found, parents))
    return {joint: names[bone] for joint, bone in sorted(found.items())}


def _guess(name: str) -> int | None:
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or _OTHER.intersection(words):
        return None
    left, right = bool(_LEFT.intersection(words)), bool(_RIGHT.intersection(words))
    rest = "".join(word for word in words if word not in _LEFT | _RIGHT and not word.isdigit())
    if left != right:
        side = "L_" if left else "R_"
        part = next((part for part, pattern in _PATTERNS.items() if pattern.fullmatch(rest)), None)
        return JOINT[side + part] if part else None
    for joint, pattern in (("Pelvis", _HIPS), ("Head", _HEAD), ("Neck", _NECK)):
        if not left and pattern.fullmatch(rest):
            return JOINT[joint]
    return None


def _guess_spine(found: dict[int, int], parents: Sequence[int]) -> dict[int, int]:
    """Hips, three of the spine's bones and the neck, from what lies between the legs, the arms and the head."""
    arms, legs = ([found.get(JOINT[side + part]) for side in ("L_", "R_")] for part in ("Shoulder", "Hip"))
    head, hips = found.get(JOINT["Head"]), found.get(JOINT["Pelvis"])
    spine: dict[int, int] = {}
    if hips is None and None not in legs:
        hips = _common_ancestor([bone for bone in legs if bone is not None], parents)
        if hips is not None:
            spine[JOINT["Pelvis"]] = hips
    if hips is None or head is None or None in arms:
        return spine
    chest = _common_ancestor([bone for bone in (*arms, head) if bone is not None], parents)
    if chest is None or hips not in _ancestors(chest, parents):
        return spine
    chain = [chest]
    while parents[chain[-1]] != hips and parents[chain[-1]] >= 0:
        chain.append(parents[chain[-1]])
    chain.reverse()
    spine[JOINT["Spine3"]] = chain[-1]
    if len(chain) > 1:
        spine[JOINT["Spine1"]] = chain[0]
    if len(chain) > 2:
        spine[JOINT["Spine2"]] = chain[(len(chain) - 1) // 2]
    above = [bone for bone in _ancestors(head, parents) if chest in _ancestors(bone, parents)]
    if above and JOINT["Neck"] not in found:
        spine[JOINT["Neck"]] = above[-1]
    return spine


def _ancestors(bone: int, parents: Sequence[int]) -> list[int]:
    """From the parent to the top."""
    above = []
    while parents[bone] >= 0:
        bone = parents[bone]
        above.append(bone)
    return above


def _common_ancestor(bones: Sequence[int], parents: Sequence[int]) -> int | None:
    lines = [_ancestors(bone, parents) for bone in bones]
    if not all(set(a) & set(b) for a, b in pairwise(lines)):
        return None
    return next((bone for bone in lines[0] if all(bone in line for line in lines[1:])), None)
