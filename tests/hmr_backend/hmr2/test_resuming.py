# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture with hmr2 that dies or is cancelled midway goes on where it was, with the same people in the end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from safetensors.torch import save_file

from ghostcap.hmr_backend import pipeline
from ghostcap.hmr_backend import weights as kept
from ghostcap.hmr_backend.hmr2 import checkpoint
from ghostcap.hmr_backend.hmr2.backbone import BackboneSize
from ghostcap.hmr_backend.hmr2.estimator import read_followed
from ghostcap.hmr_backend.hmr2.head import HeadSize
from ghostcap.hmr_backend.hmr2.network import NetworkSize, empty_network, random_network
from ghostcap.hmr_backend.mannequin import mannequin_body
from ghostcap.hmr_backend.pipeline import capture_video
from ghostcap.hmr_backend.progress import Cancelled, Silent
from ghostcap.hmr_backend.settings import CaptureSettings
from ghostcap.motion.body import write_body
from ghostcap.motion.capture import read_capture, read_tracks

TINY = NetworkSize(BackboneSize(width_of_token=32, depth=1, heads=2), HeadSize(16, 1, 2, 8, 16, 32))
SETTINGS = CaptureSettings(estimator="hmr2", device="cpu", precision="fp32", appearance=True)

DIES = """
import os, sys
from pathlib import Path
from ghostcap.hmr_backend import weights
from ghostcap.hmr_backend.hmr2 import checkpoint, following
from ghostcap.hmr_backend.hmr2.backbone import BackboneSize
from ghostcap.hmr_backend.hmr2.head import HeadSize
from ghostcap.hmr_backend.hmr2.network import NetworkSize, empty_network
from ghostcap.hmr_backend.pipeline import capture_video
from ghostcap.hmr_backend.progress import Silent
from ghostcap.hmr_backend.settings import CaptureSettings

folder, clip, frame = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
size = NetworkSize(BackboneSize(width_of_token=32, depth=1, heads=2), HeadSize(16, 1, 2, 8, 16, 32))
weights.weights_folder = lambda: folder / "weights"
checkpoint.empty_network = lambda given=None: empty_network(given or size)
take = following._Run._take

def save_after(self, batch, finish, start):
    take(self, batch, finish, start)
    self._save(batch, start)

following._Run._take = save_after

class Dies(Silent):
    tracking = False

    def stage(self, stage, index, of):
        self.tracking = stage == "track"

    def progress(self, done, total):
        if self.tracking and done >= frame:
            os._exit(9)

settings = CaptureSettings(estimator="hmr2", device="cpu", precision="fp32", appearance=True)
capture_video(clip, folder / "x.capture", settings, Dies(), offline=True)
"""
"""A job that saves after each batch, and at a frame is gone, as after a power cut."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a user's weights: a tiny network, and a made-up SMPL body."""
    (tmp_path / "weights").mkdir()
    monkeypatch.setattr(kept, "weights_folder", lambda: tmp_path / "weights")
    monkeypatch.setattr(checkpoint, "empty_network", lambda size=None: empty_network(size or TINY))
    save_file({k: v.contiguous() for k, v in random_network(TINY).state_dict().items()}, kept.weights_path(kept.HMR2))
    write_body(kept.weights_path(kept.SMPL), replace(mannequin_body(), kind="smpl"))
    return tmp_path


def check_same(one: Path, other: Path) -> None:
    """Two captures hold the same people."""
    a, b = (read_tracks(path, read_capture(path)) for path in (one, other))
    assert a.keys() == b.keys()
    for number, track in a.items():
        np.testing.assert_array_equal(track.frame, b[number].frame)
        np.testing.assert_array_equal(track.observed, b[number].observed)
        np.testing.assert_allclose(track.bbox, b[number].bbox, atol=1e-3)
        np.testing.assert_allclose(track.joints, b[number].joints, atol=1e-3)


def first_frames_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Fills with the first frame that each later run reads."""
    begun: list[int] = []
    read: Callable[..., Any] = pipeline.read_frames

    def watched(video: Any, warn: Any = None, begin: Any = None) -> Any:
        begun.append(begin)
        return read(video, warn, begin)

    monkeypatch.setattr(pipeline, "read_frames", watched)
    return begun


def test_after_a_power_cut(walk: Path, folder: Path, models: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is gone without a word; the next run goes on from what was saved."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", DIES, str(folder), str(walk), "17"]
    assert subprocess.run(command, env=environment, timeout=120, check=False).returncode == 9
    state = np.load(folder / "x.capture.part" / "tracking" / "state.npz")
    assert 8 <= int(state["following"]) <= 17
    begun = first_frames_read(monkeypatch)
    capture_video(walk, folder / "x.capture", SETTINGS, Silent(), offline=True)
    # The built-in detector has to see the last frames again, to follow newcomers backwards.
    assert begun == [max(0, int(state["following"]) - 15)]
    capture_video(walk, folder / "whole.capture", SETTINGS, Silent(), offline=True)
    check_same(folder / "x.capture", folder / "whole.capture")
    assert not (folder / "x.capture.part").exists()


class StopsAt(Silent):
    """Cancels in a stage."""

    def __init__(self, stage: str, frame: int = 0) -> None:
        self._wanted, self._frame, self._now = stage, frame, ""

    def stage(self, stage: str, index: int, of: int) -> None:  # noqa: ARG002 - as all reporters
        """Remember it."""
        self._now = stage

    def progress(self, done: int, total: int) -> None:  # noqa: ARG002 - as all reporters
        """Stop there."""
        if self._now == self._wanted and done >= self._frame:
            raise Cancelled


def test_after_a_cancel(walk: Path, folder: Path, models: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice while tracking, once after it: that much is not done again."""
    target = folder / "x.capture"
    for stage, frame in (("track", 6), ("track", 15), ("ground", 0)):
        with pytest.raises(Cancelled):
            capture_video(walk, target, SETTINGS, StopsAt(stage, frame), offline=True)
    followed = read_followed(folder / "x.capture.part" / "tracked.npz")
    assert followed.frames == 25
    begun = first_frames_read(monkeypatch)
    capture_video(walk, target, SETTINGS, Silent(), offline=True)
    assert begun == []
    capture_video(walk, folder / "whole.capture", SETTINGS, Silent(), offline=True)
    check_same(target, folder / "whole.capture")
