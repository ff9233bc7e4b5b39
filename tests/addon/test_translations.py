# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on in Chinese: all that the user reads has an entry, found by looking at the classes and at the sources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

import ghostcap  # noqa: E402
from ghostcap.addon.targets import list_targets, read_target  # noqa: E402
from ghostcap.addon.translations import MESSAGES, phrases  # noqa: E402

pytestmark = pytest.mark.bpy
ROOT = Path(str(resources.files("ghostcap")))
NAMES = {
    "Ghostcap", "BlazePose", "HMR 2.0", "SmoothNet", "Savitzky-Golay", "Butterworth", "Whittaker", "One Euro",
    "Godot", "Unity", "Unreal Engine", "FBX", "GLB", "BVH", "4D-Humans", "AMASS", "Ghostcap {}, {}",
}  # fmt: skip
"""Names are names in every language. The tooltip "Unique name used..." is Blender's own."""
SHOWN = {"text", "name", "heading", "title", "message", "confirm_text", "placeholder", "description"}
"""Arguments of Blender's functions that the user reads."""
NOT_SHOWN_IN_BLENDER = {
    "addon/batch.py", "addon/batch_command.py", "addon/batch_report.py", "addon/command_line.py", "addon/interrupt.py",
    "hmr_backend/blender.py", "hmr_backend/commands/animate.py", "hmr_backend/commands/compare.py",
    "hmr_backend/commands/export_phalp.py", "hmr_backend/commands/models.py", "hmr_backend/commands/several.py",
    "hmr_backend/commands/smooth.py", "hmr_backend/commands/tracks.py", "hmr_backend/commands/weights.py",
    "hmr_backend/compare/sides.py", "hmr_backend/environment/blender.py", "hmr_backend/preview.py",
    "hmr_backend/sample.py",
}  # fmt: skip
"""Commands for a terminal, which no button starts."""


@pytest.fixture
def registered(context: Any) -> Iterator[None]:
    ghostcap.register()
    yield
    ghostcap.unregister()


def test_blanks_stay_blanks() -> None:
    """A translation without its {:s} would break the message, in Chinese only."""
    for english, chinese in MESSAGES.items():
        assert re.findall(r"\{[^}]*\}", english) == re.findall(r"\{[^}]*\}", chinese), english
    for english, chinese in phrases.PHRASES.items():
        blanks = english.count("{}")
        filled = chinese.format(*(f"<{number}>" for number in range(blanks)))
        assert all(f"<{number}>" in filled for number in range(blanks)), english


def test_every_button_and_property_has_its_chinese(registered: None) -> None:
    """Labels, tooltips and choices, of each class and each property that Blender was given."""
    assert {text for text in _registered_texts() if _wants_chinese(text)} == set()


def test_every_text_in_the_sources_has_its_chinese() -> None:
    """What panels write, dialogs ask and operators report."""
    missing = {f"{path.name}: {text}" for path in _sources("addon") for text in _texts(path) if _wants_chinese(text)}
    assert missing == set()


def test_every_sentence_in_the_sources_has_its_chinese() -> None:
    """Reasons, titles and tables that reach the user by way of a variable."""
    missing = {
        f"{path.name}: {text}" for path in _sources("addon") for text in _sentences(path) if _wants_chinese(text)
    }
    assert {text for text in missing if text.partition(": ")[2] not in phrases.PHRASES} == set()


def test_every_export_target_has_its_chinese() -> None:
    """They come from files of their own."""
    targets = [read_target(name) for name in list_targets()]
    assert {text for target in targets for text in (target.label, target.description) if _wants_chinese(text)} == set()


def test_operators_report_in_the_users_language() -> None:
    """A literal given to Blender's report, or to a greyed button's reason, is not looked up by Blender."""
    found = [f"{path.name}:{line}" for path in _sources("addon") for line in _raw_reports(path)]
    assert found == []


def test_every_error_has_its_chinese() -> None:
    """Errors and warnings of the backend, of the readers and of the add-on, with blanks for what is filled in."""
    missing = {
        f"{path.relative_to(ROOT)}: {text}"
        for path in (*_sources("addon"), *_sources("motion"), *_sources("hmr_backend"))
        for text in _errors(path)
        if _wants_chinese(text) and text not in phrases.PHRASES
    }
    assert missing == set()


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Nobody was found in C:\\clips\\跳 舞.mp4.", "在 C:\\clips\\跳 舞.mp4 中没有发现人物。"),
        ("dance.mp4 ends early: 90 of 100 frames could be read.", "dance.mp4 提前结束：100 帧中只读取到 90 帧。"),  # noqa: RUF001 - Chinese
        ("a.npz is no motion of AMASS: it has no poses.", "a.npz 不是 AMASS 动作：没有姿态数据。"),  # noqa: RUF001 - Chinese
        ("Words that nobody has translated.", "Words that nobody has translated."),
    ],
)
def test_what_was_filled_in_stays(english: str, chinese: str) -> None:
    """Paths, numbers and reasons come through, in the order that Chinese wants."""
    assert phrases.fill(english) == chinese


def test_blender_in_chinese_speaks_chinese(registered: None, tmp_path: Path) -> None:
    """The whole way: an operator's report in a Blender that is set to Chinese."""
    view = bpy.context.preferences.view
    try:
        view.language = "zh_HANS"
    except TypeError:
        pytest.skip("this Blender has no languages")
    view.use_translate_reports = view.use_translate_interface = True
    try:
        with pytest.raises(RuntimeError, match="不是捕捉"):
            bpy.ops.ghostcap.import_capture(filepath=str(tmp_path / "nothing"))
    finally:
        view.language = "en_US"


def _wants_chinese(text: str) -> bool:
    known = text in MESSAGES or text in NAMES or text.startswith("Unique name used in the code")
    return bool(re.search("[A-Za-z]{2}", text)) and not known


def _sources(package: str) -> list[Path]:
    files = [path for path in sorted((ROOT / package).rglob("*.py")) if "translations" not in path.parts]
    return [path for path in files if path.relative_to(ROOT).as_posix() not in NOT_SHOWN_IN_BLENDER]


def _registered_texts() -> Iterator[str]:
    for base in (bpy.types.Operator, bpy.types.Panel, bpy.types.Menu, bpy.types.FileHandler, bpy.types.PropertyGroup,
                 bpy.types.AddonPreferences):  # fmt: skip
        for kind in base.__subclasses__():
            if kind.__module__.startswith("ghostcap.addon") and getattr(kind, "is_registered", True):
                yield getattr(kind, "bl_label", "")
                yield from _texts_of(kind)


def _texts_of(kind: Any) -> Iterator[str]:
    """Tooltip and properties of a class that is registered."""
    rna = kind.bl_rna
    if issubclass(kind, bpy.types.Operator):
        rna = getattr(bpy.ops.ghostcap, kind.__name__.partition("_OT_")[2]).get_rna_type()
        yield rna.description
    inherited = {"filepath", "directory", "files", "filter_glob", "check_existing"}
    ours = {key for owner in kind.__mro__ for key in getattr(owner, "__annotations__", ())} - inherited
    for key, item in rna.properties.items():
        # A property without a name has its identifier for one, and no panel shows it.
        if key in ours and not key.startswith("bl_") and not item.is_hidden and item.name not in ("", key):
            yield from (item.name, item.description)
            if item.type == "ENUM":
                yield from (part for choice in item.enum_items for part in (choice.name, choice.description))


def _texts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = {word.arg: word.value for word in node.keywords}
        if called.endswith("Property") and "name" not in given:
            # No panel shows it.
            continue
        shown = [value for name, value in given.items() if name in SHOWN]
        if called in ("rpt_", "iface_", "pgettext_rpt", "pgettext_iface", "pgettext_tip", "tip_"):
            shown += node.args[:1]
        if called in ("GhostcapError", "CaptureError", "Run", "Job"):
            # Errors are looked at by themselves.
            continue
        for part in shown:
            yield from _literals(part)


def _sentences(path: Path) -> Iterator[str]:
    """Strings of several words that begin as a sentence; not docstrings, nor parts of longer ones."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Expr, ast.JoinedStr)) and not isinstance(getattr(node, "value", None), ast.Call):
            inner |= {id(part) for part in ast.walk(node)}
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("Property"):
            given = {word.arg: word.value for word in node.keywords}
            if "name" not in given and "description" in given:
                inner.add(id(given["description"]))
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "_note":
            # For the log.
            inner |= {id(part) for part in node.args}
        elif isinstance(node, ast.Subscript):
            # Blender's own names.
            inner |= {id(part) for part in ast.walk(node.slice)}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in inner else None
        if isinstance(text, str) and re.match(r"[A-Z][a-z]+ [a-z]", text):
            yield text


def _raw_reports(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in ("report", "poll_message_set") or not node.args:
            continue
        said = node.args[-1]
        words = "".join(re.findall("[A-Za-z]{2,}", " ".join(_literals(said) if not _is_call(said) else ())))
        if words:
            yield node.lineno


def _is_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call)


def _errors(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        ours = re.search(r"(Ghostcap|Capture|Backend|Export|Stage|Target|Nobody)Error$|Problem$", called)
        owner = getattr(node.func, "value", None)
        if getattr(owner, "id", "") == "_log":
            # For a terminal.
            continue
        if "warnings" in (getattr(owner, "attr", ""), getattr(owner, "id", "")):
            called = f"warnings.{called}"
        if ours or called in ("warning", "warn", "_warn", "warnings.append", "_odd", "_bad_weights"):
            for part in (*node.args[:3], *(word.value for word in node.keywords if word.arg in ("message", "hint"))):
                # Codes and names are single words.
                yield from (text for text in _literals(part) if " " in text)


def _literals(node: ast.expr) -> list[str]:
    """The strings an expression may be, blanks for what is filled in."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return ["".join(str(value.value) if isinstance(value, ast.Constant) else "{}" for value in values)]
        case ast.IfExp(body=body, orelse=other):
            return [*_literals(body), *_literals(other)]
        case _:
            return []
