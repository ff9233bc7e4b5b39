# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend as the preferences see it: its state, what may be done, what is asked before."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import bpy
import pytest

from ghostcap import addon
from ghostcap.addon import environments, preferences
from ghostcap.addon.jobs import queue
from ghostcap.addon.runs import Command, Run
from ghostcap.addon.storage import ROOT_PACKAGE
from ghostcap.motion.errors import GhostcapError

pytestmark = pytest.mark.bpy
NO_BACKEND = "no backend was made here; scripts/run.py makes one"


@pytest.fixture(autouse=True)
def settings(context: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The add-on's preferences, of a user who has no backend yet."""
    monkeypatch.setenv("BLENDER_USER_RESOURCES", str(tmp_path / "resources"))
    monkeypatch.setenv("GHOSTCAP_BACKEND", str(tmp_path / "nothing"))
    addon.register()
    entry = context.preferences.addons.new()
    entry.module = ROOT_PACKAGE
    entry.preferences.folder = str(tmp_path / "disk")
    yield entry.preferences
    context.preferences.addons.remove(entry)
    context.preferences.system.use_online_access = False
    addon.unregister()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the environment would be."""
    return tmp_path / "disk" / environments.FOLDER_NAME


def make_environment(folder: Path, stamp: dict[str, Any] | None) -> Path:
    """Files as an environment has them, without its packages."""
    python = environments.python_in(folder)
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    (folder / "pyvenv.cfg").write_text("")
    if stamp is not None:
        (folder / "ghostcap.json").write_text(json.dumps(stamp))
    return python


def listen_until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        queue._tick()
        time.sleep(0.02)


def problem() -> str:
    return preferences.backend_problem(bpy.context)


def test_without_a_backend_the_user_is_told_to_install_it() -> None:
    """The first thing a new user sees; nothing else may look broken."""
    assert "not installed" in problem()
    assert "Install" in problem()
    with pytest.raises(GhostcapError):
        preferences.find_backend_python(bpy.context)


def test_a_broken_off_installation_is_told_and_can_go_on(folder: Path) -> None:
    """The network failed half-way."""
    make_environment(folder, None)
    assert "not completely installed" in problem()


def test_a_python_that_has_gone_is_told(folder: Path) -> None:
    """The system's Python was updated, or the folder was copied from another machine."""
    make_environment(folder, {}).unlink()
    assert "Repair" in problem()


def test_an_environment_of_another_version_is_told(folder: Path) -> None:
    """After an update of the add-on the backend has to follow; `hmr_backend.environment` is asked for real."""
    make_environment(folder, {"python": "3.13.0", "project": "elsewhere", "parts": {"backend": "other"}})
    assert problem() == ""
    assert bpy.ops.ghostcap.look_at_backend() == {"FINISHED"}
    listen_until(lambda: environments.status.state == "outdated")
    assert "Update" in problem()
    with pytest.raises(GhostcapError):
        preferences.find_backend_python(bpy.context)


def test_an_existing_environment_is_used_as_it_is(settings: Any, tmp_path: Path) -> None:
    """A studio has one environment for everybody; it can be named by its folder or its Python."""
    python = make_environment(tmp_path / "studio env", None)
    for named in (tmp_path / "studio env", python):
        settings.python = str(named)
        assert problem() == ""
        assert preferences.find_backend_python(bpy.context) == python
        assert not bpy.ops.ghostcap.remove_backend.poll(), "it is not ours to delete"
    settings.python = str(tmp_path / "no env")
    assert "no env" in problem()


def test_nothing_is_fetched_without_online_access_and_consent(folder: Path) -> None:
    """Blender's own switch for the network comes first, then the user's yes to the size."""
    operators = [bpy.ops.ghostcap.install_backend, bpy.ops.ghostcap.update_backend, bpy.ops.ghostcap.repair_backend]
    assert not any(operator.poll() for operator in operators)
    bpy.context.preferences.system.use_online_access = True
    assert all(operator.poll() for operator in operators)
    for operator in operators:
        with pytest.raises(RuntimeError, match="consent"):
            operator()
    assert environments.status.work is None
    assert not folder.exists()


def test_models_for_an_environment_of_ones_own_are_fetched_after_a_yes(settings: Any, tmp_path: Path) -> None:
    """A studio's environment may lack them, and a capture never fetches anything by itself."""
    assert not bpy.ops.ghostcap.fetch_models.poll()
    make_environment(tmp_path / "studio env", None)
    settings.python = str(tmp_path / "studio env")
    assert not bpy.ops.ghostcap.fetch_models.poll()
    bpy.context.preferences.system.use_online_access = True
    assert bpy.ops.ghostcap.fetch_models.poll()
    with pytest.raises(RuntimeError, match="consent"):
        bpy.ops.ghostcap.fetch_models()


def test_the_size_and_the_place_are_said_before(folder: Path) -> None:
    """The numbers are those the installation itself goes by."""
    text = "\n".join(environments.describe_download(folder))
    assert environments.download_megabytes() > environments.MODELS_MB
    assert f"{environments.download_megabytes()} MB" in text
    assert f"{environments.disk_megabytes()} MB" in text
    assert str(folder) in text
    assert "PyPI" in text


def test_a_failed_installation_says_why(folder: Path) -> None:
    """The real program runs, sees that the folder holds the user's own files, and leaves them alone."""
    folder.mkdir(parents=True)
    (folder / "holiday.jpg").write_text("mine")
    bpy.context.preferences.system.use_online_access = True
    with pytest.raises(RuntimeError, match="holds other files"):
        bpy.ops.ghostcap.install_backend(consent=True)
    assert (folder / "holiday.jpg").read_text() == "mine"
    work = environments.status.work
    assert work is not None
    assert (work.state, work.code) == ("failed", "not_ours")
    assert "hmr_backend.environment install" in work.log.read_text(encoding="utf-8")


def test_the_backend_is_removed_and_nothing_else(folder: Path) -> None:
    """Only our own folder goes; one that is no environment stays."""
    make_environment(folder, {})
    beside = folder.with_name("footage")
    beside.mkdir()
    assert bpy.ops.ghostcap.remove_backend() == {"FINISHED"}
    assert not folder.exists()
    assert beside.is_dir()
    folder.mkdir()
    (folder / "holiday.jpg").write_text("mine")
    with pytest.raises(RuntimeError, match="not an environment"):
        bpy.ops.ghostcap.remove_backend()
    assert (folder / "holiday.jpg").is_file()


def test_a_backend_that_is_worked_on_is_left_alone(folder: Path) -> None:
    """Two installations into one folder, or a capture during one, would break each other; cancel ends it."""
    make_environment(folder, {})
    run = Run(
        id=1,
        title="Install Backend",
        commands=[Command([sys.executable, "-c", "import time; time.sleep(60)"])],
        log=queue.new_log("backend"),
    )
    environments.status.work = run
    queue.watch(run)
    assert "being worked on" in problem()
    assert not bpy.ops.ghostcap.remove_backend.poll()
    assert not bpy.ops.ghostcap.start_capture.poll()
    assert bpy.ops.ghostcap.cancel_backend_work() == {"FINISHED"}
    listen_until(lambda: run.finished)
    assert run.state == "cancelled"
    assert problem() == ""
    assert not bpy.ops.ghostcap.cancel_backend_work.poll()


def test_check_runs_each_part_and_reports(settings: Any) -> None:
    """A support request begins with this report: version, device, each library, a capture, weights."""
    root = Path(str(resources.files("ghostcap")))
    home = root / ".venvs" / "backend"
    if not environments.python_in(home).is_file():
        pytest.skip(NO_BACKEND)
    settings.python = str(home)
    # On a machine that never captured the networks are not there, and the check fails; it reports all the same.
    with contextlib.suppress(RuntimeError):
        bpy.ops.ghostcap.check_backend()
    report = environments.status.report
    states = {part["name"]: part["state"] for part in report["parts"]}
    assert report["version"]
    assert "CPU" in report["device"]
    assert states["scipy"] == states["av"] == "works"
    assert "capture" in states
    assert "SMPL's neutral body" in states
