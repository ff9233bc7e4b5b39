# SPDX-License-Identifier: GPL-3.0-or-later
"""The root is a Python package and a Blender extension at once; both have to know of every folder and agree."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

ROOT = Path(str(resources.files("ghostcap")))
NOT_INSTALLED = {"scripts", "tests"}


def read(name: str) -> dict:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def test_every_folder_of_code_is_listed_as_a_package() -> None:
    """A folder that is not listed is missing after `pip install`."""
    found = {
        ".".join(["ghostcap", *path.parent.relative_to(ROOT).parts])
        for path in ROOT.rglob("__init__.py")
        if path.relative_to(ROOT).parts[0] not in NOT_INSTALLED and not path.relative_to(ROOT).parts[0].startswith(".")
    }
    assert sorted(found) == sorted(read("pyproject.toml")["tool"]["setuptools"]["packages"])


def test_the_extension_and_the_package_have_one_version() -> None:
    """A bug report names one number."""
    assert read("blender_manifest.toml")["version"] == read("pyproject.toml")["project"]["version"]


def test_every_python_file_names_its_licence() -> None:
    """Files travel alone: into other projects, into pastes."""
    folders = ("addon", "hmr_backend", "motion", "scripts", "smoothnet", "tests")
    files = [ROOT / "__init__.py", *(path for folder in folders for path in (ROOT / folder).rglob("*.py*"))]
    bare = [
        str(path.relative_to(ROOT))
        for path in files
        if path.suffix in (".py", ".pyi")
        and not path.read_text(encoding="utf-8").startswith("# SPDX-License-Identifier: GPL-3.0-or-later\n")
    ]
    assert bare == []


def test_no_file_of_code_is_longer_than_a_reader_bears() -> None:
    """One subject a file: 25 kB at most."""
    folders = ("addon", "hmr_backend", "motion", "scripts", "smoothnet", "tests")
    long = {
        str(path.relative_to(ROOT)): path.stat().st_size
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if path.stat().st_size > 25_000
    }
    assert long == {}
