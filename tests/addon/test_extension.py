# SPDX-License-Identifier: GPL-3.0-or-later
"""The zip that a user installs: built and validated by Blender's own tool, installed for real."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import resources
from pathlib import Path

import pytest

pytestmark = pytest.mark.bpy
ROOT = Path(str(resources.files("ghostcap")))
SCRIPT = Path(__file__).with_name("extension_script.py")
BLENDER = shutil.which(os.environ.get("BLENDER") or "blender")
COMPLAINTS = ("error", "traceback", "warning", "exception")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension's zip, made as its maker makes it."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, str(ROOT / "scripts" / "build_extension.py"), "--blender", sys.executable]
    answer = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True, check=False, timeout=120)
    assert answer.returncode == 0, answer.stderr
    built = Path(answer.stdout.strip())
    assert list(out.iterdir()) == [built]
    return built


def test_the_zip_holds_what_runs_and_nothing_else(package: Path) -> None:
    """A missing requirements file breaks the installation; tests and caches are ballast."""
    with zipfile.ZipFile(package) as archive:
        names = set(archive.namelist())
    for needed in (
        "blender_manifest.toml",
        "addon/__init__.py",
        "pyproject.toml",
        "hmr_backend/environment/__main__.py",
        "hmr_backend/environment/requirements/backend.txt",
        "presets/targets/unreal.toml",
        "scripts/batch_export.py",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith(("tests/", ".")) or "__pycache__" in name]
    assert package.stat().st_size < 10e6


def test_it_installs_and_leaves_nothing_behind_when_switched_off(package: Path, tmp_path: Path) -> None:
    """On, off, on, off: no class, handler, menu entry or property stays, none comes twice, no complaint is printed."""
    program = f"import sys, runpy, os; runpy.run_path({str(SCRIPT)!r}); sys.stdout.flush(); os._exit(0)"
    answer = subprocess.run(
        [sys.executable, "-c", program, str(package)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path)},
    )
    lines = [line for line in answer.stdout.splitlines() if line.startswith("FOUND ")]
    assert lines, answer.stdout + answer.stderr
    found = json.loads(lines[0].removeprefix("FOUND "))
    assert found["enabled"]
    assert found["operators"] > 10
    for key in ("left", "left at the end"):
        assert not any(found[key].values()), found[key]
    assert not any(found["doubled"].values()), found["doubled"]
    said = [line for line in (answer.stdout + answer.stderr).splitlines() if not line.startswith("FOUND")]
    assert not [line for line in said if any(word in line.lower() for word in COMPLAINTS)], said


@pytest.mark.skipif(BLENDER is None, reason="no Blender program here; set BLENDER to one")
def test_blenders_own_command_installs_and_enables_it(package: Path, tmp_path: Path) -> None:
    """`blender --command extension install-file`, as a studio's set-up script does it; then our command is there."""
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path)}
    install = ["--command", "extension", "install-file", "--repo", "user_default", "--enable", str(package)]
    for arguments, expected in ((install, ""), (["--command", "ghostcap"], "usage: blender --command ghostcap")):
        answer = subprocess.run(
            [str(BLENDER), *arguments], capture_output=True, text=True, check=False, timeout=120, env=environment
        )
        assert expected in answer.stdout, answer.stderr
        assert "Traceback" not in answer.stdout + answer.stderr
