# SPDX-License-Identifier: GPL-3.0-or-later
"""4D-Humans' files through File > Import: the real backend reads them, and its capture stands in the scene.

tests/data/phalp/demo_two.pkl: two people over 20 frames, as PHALP writes them with joblib; track 1 is a ghost in
frames 8 to 11 and from 18 on.
"""

from __future__ import annotations

import os
import pickle
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

import ghostcap  # noqa: E402
from ghostcap.addon import captures, handlers, jobs, motion_files  # noqa: E402
from ghostcap.addon.backend import find_backend  # noqa: E402
from ghostcap.addon.jobs import queue  # noqa: E402
from ghostcap.motion.capture import read_capture, read_tracks  # noqa: E402
from ghostcap.motion.errors import GhostcapError  # noqa: E402

pytestmark = pytest.mark.bpy
GOLDEN = Path(__file__).parent.parent / "data" / "phalp" / "demo_two.pkl"


@pytest.fixture(autouse=True)
def registered(
    context: Any, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The add-on with a user's files of its own, and the checkout's backend."""
    monkeypatch.setenv("BLENDER_USER_RESOURCES", str(tmp_path / "resources"))
    monkeypatch.setenv("GHOSTCAP_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    ghostcap.register()
    yield
    ghostcap.unregister()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file, in a folder as users name them."""
    try:
        find_backend()
    except GhostcapError as error:
        pytest.skip(str(error))
    folder = tmp_path / "O'Hara 舞蹈"
    folder.mkdir()
    return Path(shutil.copy(GOLDEN, folder))


def test_a_file_of_4d_humans_becomes_a_character(context: Any, file: Path) -> None:
    """From the menu entry to an armature that moves as the file says; rate and range are the file's."""
    assert bpy.ops.ghostcap.import_phalp(filepath=str(file), fps=25) == {"FINISHED"}
    item = captures.active_capture(context)
    assert captures.folder_of(item) == file.with_suffix(".capture")
    assert [(track.track_id, track.first, track.last) for track in item.tracks] == [(1, 0, 17), (2, 0, 19)]
    assert (context.scene.render.fps, context.scene.frame_end) == (25, 20)
    for track in item.tracks:
        track.build = True
    assert bpy.ops.ghostcap.build() == {"FINISHED"}
    armature = bpy.data.objects["demo_two_001"]
    track = read_tracks(file.with_suffix(".capture"), read_capture(file.with_suffix(".capture")))[1]
    for frame in (0, 9, 17):  # 9 was a ghost and is bridged
        context.scene.frame_set(frame + 1)
        np.testing.assert_allclose(armature.pose.bones["Pelvis"].head, track.joints[frame, 0], atol=1e-3)
    armature.ghostcap.cleanup.method = "smoothnet"
    assert bpy.ops.ghostcap.reset_cleanup() == {"FINISHED"}


def test_a_second_import_does_not_overwrite_unasked(file: Path) -> None:
    """A script is told, and may say that it wants it."""
    bpy.ops.ghostcap.import_phalp(filepath=str(file), fps=25)
    mark = file.with_suffix(".capture") / "mark"
    mark.touch()
    with pytest.raises(RuntimeError, match=r"demo_two\.capture exists"):
        bpy.ops.ghostcap.import_phalp(filepath=str(file))
    assert mark.exists()
    assert bpy.ops.ghostcap.import_phalp(filepath=str(file), overwrite=True) == {"FINISHED"}
    assert not mark.exists()


def test_a_file_that_would_run_code_is_refused(context: Any, file: Path, tmp_path: Path) -> None:
    """A pickle can hold commands: none is run, the user reads what it wanted, no folder stays."""

    class Evil:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "harm"),)

    bad = file.with_name("demo_bad.pkl")
    bad.write_bytes(pickle.dumps({"a": Evil()}))
    with pytest.raises(RuntimeError, match=r"wants to run (posix|nt)\.mkdir.*was not run"):
        bpy.ops.ghostcap.import_phalp(filepath=str(bad))
    assert not (tmp_path / "harm").exists()
    assert sorted(path.name for path in file.parent.iterdir()) == ["demo_bad.pkl", "demo_two.pkl"]
    assert not len(context.scene.ghostcap.captures)


def test_several_files_at_once(context: Any, file: Path) -> None:
    """A bad one does not keep the others out."""
    file.with_name("demo_none.pkl").write_bytes(b"nothing")
    shutil.copy(file, file.with_name("demo_three.pkl"))
    names = [{"name": name} for name in ("demo_none.pkl", "demo_three.pkl", "demo_two.pkl")]
    with pytest.raises(RuntimeError, match=r"demo_none\.pkl"):
        bpy.ops.ghostcap.import_phalp(directory=str(file.parent), files=names, fps=30)
    assert [item.name for item in context.scene.ghostcap.captures] == ["demo_three", "demo_two"]


def test_a_folder_that_can_not_be_written(file: Path, tmp_path: Path) -> None:
    """The message names the place, and where another one is chosen."""
    (tmp_path / "blocked").write_text("a file where a folder should be")
    with pytest.raises(RuntimeError, match=r"blocked.* can't be written.*Choose another folder"):
        bpy.ops.ghostcap.import_phalp(filepath=str(file), out=str(tmp_path / "blocked"))
    assert bpy.ops.ghostcap.import_phalp(filepath=str(file), out=str(tmp_path / "elsewhere")) == {"FINISHED"}
    assert (tmp_path / "elsewhere" / "demo_two.capture" / "capture.json").is_file()


def test_without_a_backend_it_is_said(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script reads it; in the window the same words come with the button that leads to the installation."""
    monkeypatch.setenv("GHOSTCAP_BACKEND", str(tmp_path / "nothing"))
    with pytest.raises(RuntimeError, match="not installed"):
        bpy.ops.ghostcap.import_phalp(filepath=str(file))
    assert bpy.ops.ghostcap.import_phalp.poll(), "a grey entry would lead nowhere"


def test_a_missing_rate_is_told_with_the_result(file: Path) -> None:
    """Thirty frames a second is a guess, and it stands beside the finished job."""
    bpy.ops.ghostcap.import_phalp(filepath=str(file))
    assert any("frame rate" in warning for warning in jobs.jobs()[-1].warnings)
    bpy.ops.ghostcap.import_phalp(filepath=str(file), fps=25, overwrite=True)
    assert not any("frame rate" in warning for warning in jobs.jobs()[-1].warnings)


def test_the_video_beside_the_file_is_found(tmp_path: Path) -> None:
    """4D-Humans calls its file demo_ and the video's name."""
    video, other = tmp_path / "dance.mov", tmp_path / "other.mov"
    for path in (video, other):
        path.write_bytes(b"")
    assert motion_files.find_video(tmp_path / "demo_dance.pkl") == video
    assert motion_files.find_video(tmp_path / "results" / "demo_dance.pkl", str(video)) == video
    assert motion_files.find_video(tmp_path / "results" / "demo_dance.pkl", str(other)) is None


def test_an_import_asks_for_no_video_it_never_had(context: Any, file: Path) -> None:
    """The .pkl is no video: nothing is said to be gone, and a video may be added later."""
    bpy.ops.ghostcap.import_phalp(filepath=str(file), fps=25)
    item = captures.active_capture(context)
    capture = captures.look_up(captures.folder_of(item))
    assert captures.find_video(item, capture) is None
    assert item.video_display == "NONE"
    from ghostcap.addon.footage import find_video_problem, show_video

    assert not find_video_problem(item, capture)
    from ghostcap.addon.changes import pause_changes

    with pause_changes():
        item.video_display = "PLANE"
    with pytest.raises(GhostcapError, match="without a video"):
        show_video(context, item)


def test_a_job_in_the_window_ends_in_the_list_and_is_undone(
    context: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the timer does while the animator goes on: import, open, one step for Undo."""
    monkeypatch.setattr(handlers, "is_background", lambda: False)
    job = jobs.start_import(file, file.with_suffix(".capture"), ["--fps", "25"])
    bpy.ops.ed.undo_push(message="before")
    listen_until(lambda: job.finished)
    assert job.state == "done", job.message
    assert [item.name for item in context.scene.ghostcap.captures] == ["demo_two"]
    bpy.ops.ed.undo()
    assert not len(context.scene.ghostcap.captures)
    bpy.ops.ed.redo()
    assert [item.name for item in context.scene.ghostcap.captures] == ["demo_two"]


def test_a_cancelled_import_leaves_nothing(file: Path) -> None:
    """Taken out while it waits or killed while it runs: no folder, no process."""
    first = jobs.start_import(file, file.with_suffix(".capture"), [])
    shutil.copy(file, file.with_name("demo_three.pkl"))
    second = jobs.start_import(file.with_name("demo_three.pkl"), file.with_name("demo_three.capture"), [])
    jobs.cancel(second)
    jobs.cancel(first)
    listen_until(lambda: first.finished and second.finished)
    assert (first.state, second.state) == ("cancelled", "cancelled")
    assert sorted(path.suffix for path in file.parent.iterdir()) == [".pkl", ".pkl"]


def listen_until(condition: Callable[[], Any]) -> None:
    """What the timer does while a window is open."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, [(job.title, job.state, job.message) for job in jobs.jobs()]
        queue._tick()
        time.sleep(0.02)
