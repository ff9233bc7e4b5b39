# SPDX-License-Identifier: GPL-3.0-or-later
"""The coach's words in Blender's language."""

from __future__ import annotations

from typing import Any

import bpy

from ...motion.compare.coaching import read_words
from ...motion.skeleton import JOINT_NAMES


def language() -> str:
    """Which of the coach's languages goes with Blender's."""
    preferences = bpy.context.preferences.view
    chinese = bpy.app.translations.locale.startswith("zh")
    return "zh" if chinese and preferences.use_translate_interface else "en"


def coach_words() -> dict[str, Any]:
    """The coach's words in that language."""
    return read_words(language())


def name_joint(joint: int) -> str:
    """What a person calls a joint, with a capital letter."""
    name: str = coach_words()["joints"][JOINT_NAMES[joint]]
    return name[:1].upper() + name[1:]


def text_of(finding: Any) -> str:
    """The sentence of a stored finding."""
    return finding.text_zh if language() == "zh" else finding.text_en
