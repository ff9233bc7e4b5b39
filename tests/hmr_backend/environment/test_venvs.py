# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-up is the first thing a user meets: it has to go on after an interruption and fail with a line that helps."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ghostcap.hmr_backend.environment import pins, venvs
from ghostcap.hmr_backend.environment.problem import EnvironmentProblem
from ghostcap.hmr_backend.environment.pythons import python_of

NO_NETWORK = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}


def start_command(*arguments: str | Path, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hmr_backend.environment", *map(str, arguments)],
        cwd=pins.project_root(),
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def run_command(*arguments: str | Path, **variables: str) -> tuple[int, str, str]:
    process = start_command(*arguments, **variables)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def write_stamp(folder: Path, **changes: object) -> None:
    content = {
        "python": "3.12.1",
        "project": str(pins.project_root()),
        "parts": {"backend": pins.digest_pins("backend")},
    }
    (folder / "ghostcap.json").write_text(json.dumps(content | changes), encoding="utf-8")


def make_python(folder: Path) -> None:
    python_of(folder).parent.mkdir(parents=True)
    python_of(folder).touch()


def test_the_state_tells_what_an_environment_lacks(tmp_path: Path) -> None:
    """The add-on's preferences show it, and decide by it whether there is something to install."""
    folder = tmp_path / "backend"
    assert venvs.read_state(folder, ["backend"]) == "missing"
    make_python(folder)
    assert venvs.read_state(folder, ["backend"]) == "partial"
    write_stamp(folder)
    assert venvs.read_state(folder, ["backend"]) == "ready"
    assert venvs.read_state(folder, ["backend", "test"]) == "outdated"
    write_stamp(folder, parts={"backend": "of an older version"})
    assert venvs.read_state(folder, ["backend"]) == "outdated"
    write_stamp(folder, project="/another/place")
    assert venvs.read_state(folder, ["backend"]) == "outdated"
    write_stamp(folder)
    python_of(folder).unlink()
    assert venvs.read_state(folder, ["backend"]) == "broken"


def test_a_ready_environment_is_left_alone(tmp_path: Path) -> None:
    """The second start of a command must not wait for pip, and must work without a network."""
    make_python(tmp_path)
    write_stamp(tmp_path)
    code, out, err = run_command("install", "--folder", tmp_path, **NO_NETWORK)
    assert (code, out.strip(), err) == (0, str(python_of(tmp_path)), "")


def test_without_a_network_one_line_says_so_and_the_next_try_goes_on(tmp_path: Path) -> None:
    """A user behind a proxy has to learn what is wrong, not read a traceback of pip's."""
    folder = tmp_path / "with space 'and' 中文" / "backend"
    code, _, err = run_command("install", "--folder", folder, **NO_NETWORK)
    assert code == 1
    last = err.strip().splitlines()[-1]
    assert last.startswith("error: pip can't get the packages: ")
    assert "Check the network" in last
    assert "Traceback" not in err
    assert venvs.read_state(folder, ["backend"]) == "partial"
    made = (folder / "pyvenv.cfg").stat().st_mtime_ns
    code, out, _ = run_command("install", "--folder", folder, "--progress", "json", **NO_NETWORK)
    events = [json.loads(line) for line in out.splitlines()]
    assert (code, events[-1]["event"], events[-1]["code"]) == (1, "error", "no_network")
    assert (folder / "pyvenv.cfg").stat().st_mtime_ns == made
    assert any(event["event"] == "note" and "MB to download" in event["message"] for event in events)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_an_interrupted_installation_stops_and_is_resumable(tmp_path: Path) -> None:
    """Cancel in the preferences must end pip too, and leave what the next try can use."""
    with socket.create_server(("127.0.0.1", 0)) as silent_index:
        index = f"http://127.0.0.1:{silent_index.getsockname()[1]}/simple"
        folder = tmp_path / "backend"
        process = start_command(
            "install", "--folder", folder, **{**NO_NETWORK, "PIP_NO_INDEX": "0", "PIP_INDEX_URL": index}
        )
        connection, _ = silent_index.accept()  # pip waits for an answer now
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        connection.close()
    assert process.returncode == 130
    assert err.strip().splitlines()[-1] == "error: Cancelled. Give the same command again to go on."
    assert venvs.read_state(folder, ["backend"]) == "partial"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A wrong --folder must not end in a traceback."""
    (tmp_path / "file").write_text("in the way")
    code, _, err = run_command("install", "--folder", tmp_path / "file" / "backend")
    assert code == 1
    assert err.startswith("error: ")
    assert str(tmp_path / "file") in err


def test_other_files_are_never_deleted(tmp_path: Path) -> None:
    """Who gives the folder of their videos by mistake must not lose them."""
    (tmp_path / "dance.mp4").write_text("precious")
    with pytest.raises(EnvironmentProblem, match="is not an environment"):
        venvs.remove(tmp_path)
    code, _, err = run_command("install", "--folder", tmp_path, **NO_NETWORK)
    assert code == 1
    assert "holds other files" in err
    assert (tmp_path / "dance.mp4").read_text() == "precious"


def test_remove_deletes_an_environment(tmp_path: Path) -> None:
    """Uninstalling gives the disk back."""
    folder = tmp_path / "backend"
    folder.mkdir()
    (folder / "pyvenv.cfg").touch()
    assert run_command("remove", "--folder", folder)[0] == 0
    assert not folder.exists()
