# SPDX-License-Identifier: GPL-3.0-or-later
"""`ghostcap smooth`: a capture on disk smoothed again."""

from __future__ import annotations

import pytest

from ghostcap.hmr_backend.cli import main
from ghostcap.motion.capture import read_capture, read_track, write_track
from ghostcap.motion.kinematics import pose_from_axis_angle
from ghostcap.tests.synthetic_capture import (
    jitter,
    shaky_track,
    synthetic_body,
    synthetic_track,
    write_synthetic_capture,
)

BODY = synthetic_body()


@pytest.fixture
def capture(tmp_path):
    folder = tmp_path / "it's 舞 dance.capture"
    write_synthetic_capture(folder, synthetic_track("walk", 90))
    row = read_capture(folder).tracks[0]
    write_track(folder / row.file, shaky_track(row.frames))
    return folder


def test_the_command_smooths_what_is_on_disk(capture):
    path = capture / read_capture(capture).tracks[0].file
    before = read_track(path)
    assert main(["smooth", str(capture), "--smooth-strength", "1"]) == 0
    after = read_track(path)
    assert jitter(after.joints) < jitter(pose_from_axis_angle(
        before.poses_raw, BODY.rest_joints(before.betas), before.trans_raw).positions) / 4  # fmt: skip
    assert (after.poses_raw == before.poses_raw).all()
    assert read_capture(capture).settings["smoothed_again"]["method"] == "smoothnet"
    assert main(["smooth", str(capture), "--smooth", "none"]) == 0
    assert (read_track(path).poses == before.poses_raw).all()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--smooth", "magic"], 2, "magic"),
        (["--smooth-strength", "2"], 2, "0 to 1"),
        (["--part", "tail=1"], 2, "arms"),
        (["--amount", "3"], 2, "amount"),
        (["--track", "99"], 1, "99"),
        (["--weights", "nowhere.safetensors"], 1, "nowhere"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line_and_changes_nothing(capture, capsys, arguments, code, told):
    path = capture / read_capture(capture).tracks[0].file
    before = path.read_bytes()
    assert main(["smooth", str(capture), *arguments]) == code
    assert told in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_folder_that_is_no_capture_is_told_as_such(tmp_path, capsys):
    assert main(["smooth", str(tmp_path)]) == 1
    assert main(["smooth", str(tmp_path / "none")]) == 1
    assert "capture.json" in capsys.readouterr().err
