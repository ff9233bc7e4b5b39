# SPDX-License-Identifier: GPL-3.0-or-later
"""The two commands of the set-up: they answer before anything is installed, from any folder, on any Python."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

SCRIPTS = Path(str(resources.files("ghostcap"))) / "scripts"
OLD_PYTHONS = ("python2", "python2.7", "python3.6", "python3.8", "python3.9", "python3.10")


def start(
    script: Path, *arguments: str, cwd: Path | None = None, python: str = sys.executable
) -> subprocess.Popen[str]:
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    return subprocess.Popen(
        [python, str(script), *arguments],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def run(script: Path, *arguments: str, cwd: Path | None = None, python: str = sys.executable) -> tuple[int, str, str]:
    process = start(script, *arguments, cwd=cwd, python=python)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def ask_launcher(expression: str) -> str:
    code = f"import launching; print({expression})"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, encoding="utf-8", check=True
    )
    return answer.stdout.strip()


@pytest.fixture
def fresh_checkout(tmp_path: Path) -> Path:
    """A copy of the project without environments, in a folder with a difficult name."""
    root = tmp_path / "with space 'é' 中"
    ignore = shutil.ignore_patterns(".*", "__pycache__", "tests", "*.egg-info", "out", "dist")
    shutil.copytree(SCRIPTS.parent, root, ignore=ignore)
    return root


@pytest.mark.parametrize("name", ["run.py", "test.py", "bench.py"])
def test_help_installs_nothing(fresh_checkout: Path, tmp_path: Path, name: str) -> None:
    """Who looks first is not surprised by a download; the folder one stands in does not matter."""
    code, out, err = run(fresh_checkout / "scripts" / name, "--help", cwd=tmp_path)
    assert code == 0
    assert "usage: " in out + err
    assert not (fresh_checkout / ".venvs").exists()


@pytest.mark.parametrize("name", ["run.py", "test.py", "bench.py"])
def test_an_old_python_is_answered_in_a_line(name: str) -> None:
    """Not with a SyntaxError in a file the user has never heard of."""
    answered = 0
    for old in filter(None, map(shutil.which, OLD_PYTHONS)):
        code, _, err = run(SCRIPTS / name, python=old)
        if "not found" in err or "No such file" in err:
            continue  # a version manager's name for a version that is not chosen
        assert (code, len(err.splitlines())) == (1, 1)
        assert err.startswith("error: Ghostcap needs Python 3.11 or newer")
        answered += 1
    if not answered:
        pytest.skip("no old Python here")


def test_without_a_network_run_ends_with_one_error(fresh_checkout: Path, tmp_path: Path) -> None:
    """The exit code tells a farm, the line tells a person."""
    code, out, err = run(fresh_checkout / "scripts" / "run.py", "dance.mp4", cwd=tmp_path)
    assert (code, out) == (1, "")
    assert [line for line in err.splitlines() if line.startswith("error: ")] == err.splitlines()[-1:]
    assert "MB to download" in err
    assert "Traceback" not in err


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_ends_run_quietly(fresh_checkout: Path) -> None:
    """Exit code 130, no traceback."""
    process = subprocess.Popen(
        [sys.executable, str(fresh_checkout / "scripts" / "run.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, err = process.communicate(timeout=60)
    assert "installing" in first
    assert process.returncode == 130
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], False),
        (["dance.mp4"], True),
        (["--fps", "30"], False),
        (["dance.mp4", "--fps", "30"], True),
        (["--overwrite", str(SCRIPTS)], True),
    ],
)
def test_the_sample_is_taken_only_without_a_video(arguments: list[str], expected: bool) -> None:
    """An option's value is no video, and a video after a flag is one."""
    assert ask_launcher(f"launching._has_video({arguments!r})") == str(expected)


def test_an_unknown_benchmark_is_wrong_usage() -> None:
    """The answer lists those there are."""
    code, _, err = run(SCRIPTS / "bench.py", "nothing")
    assert code == 2
    assert err.startswith("usage: ")
