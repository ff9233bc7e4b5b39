# SPDX-License-Identifier: GPL-3.0-or-later
"""4D-Humans' files: in by track, ghosts bridged, metres and axes right; out as its tools read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from ghostcap.hmr_backend.cli import main
from ghostcap.hmr_backend.foreign.phalp import read_phalp
from ghostcap.hmr_backend.foreign.phalp_writing import encode_counts
from ghostcap.motion.capture import read_capture, read_tracks
from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.rotations import axis_angle_from_matrix, geodesic_angle, matrix_from_axis_angle

WIDTH, HEIGHT = 640, 480
FACTOR = 256 / 5000
"""Metres of depth in one of 4D-Humans', under a focal length of the picture's longer side."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOSTCAP_CACHE", str(tmp_path / "cache"))


def person(track: int, frame: int, since: int = 0) -> dict[str, Any]:
    """One entry of each list, as PHALP writes them."""
    turn = np.array([0.1 * track, 0.02 * frame, 0.05])
    upside_down = matrix_from_axis_angle([np.pi, 0, 0])  # SMPL's y up, seen by a camera whose y is down
    body = matrix_from_axis_angle(np.random.default_rng(track).normal(size=(23, 3)) * 0.2 + 0.01 * frame)
    joints = np.zeros((45, 3), np.float32)
    joints[8] = [-0.002, -0.22, 0.025]
    return {
        "tid": track,
        "tracked_time": since,
        "bbox": np.array([100 + 5 * frame, 120, 60, 180], np.float32),
        "center": np.array([130.0 + 5 * frame, 210.0]),
        "scale": 0.4,
        "size": [HEIGHT, WIDTH],
        "img_path": "x.jpg",
        "img_name": "x.jpg",
        "class_name": np.int64(0),
        "conf": np.float32(0.9),
        "annotations": [],
        "smpl": {
            "global_orient": (upside_down @ matrix_from_axis_angle(turn))[None].astype(np.float32),
            "body_pose": body.astype(np.float32),
            "betas": np.linspace(-1, 1, 10, dtype=np.float32),
        },
        "camera": np.array([0.1 * frame - 0.5 * track, 0.2, 80.0 + track], np.float32),
        "camera_bbox": np.array([0.9, 0, 0], np.float32),
        "3d_joints": joints,
        "2d_joints": np.zeros(90, np.float32),
        "mask": [{"size": [HEIGHT, WIDTH], "counts": "0"}],
        "extra_data": 0,
    }


def make_file(people: dict[int, list[dict[str, Any]]]) -> dict[str, Any]:
    """frame -> persons, as PHALP's dict."""
    out = {}
    for frame, persons in people.items():
        name = f"/v/img/{frame + 1:06d}.jpg"
        out[name] = {"time": frame, "shot": 0, "frame_path": name, "tracked_ids": [], "tracked_bbox": []}
        for key in person(1, 0):
            out[name][key] = [p[key] for p in persons]
    return out


def gap_scene() -> dict[int, list[dict[str, Any]]]:
    """Track 2 before track 1 in the lists; 1 is a ghost in frames 8 to 11, and once more at the end."""
    scene = {}
    for frame in range(20):
        hidden = 8 <= frame <= 11 or frame >= 18
        last = (7 if frame < 18 else 17) if hidden else frame
        first = person(1, last, frame - last)
        scene[frame] = [person(2, frame), first] if frame % 2 else [first, person(2, frame)]
    return scene


def write(path: Path, data: Any) -> Path:
    joblib.dump(data, path, compress=3)
    return path


def test_people_are_read_by_their_ids_without_ghosts(tmp_path: Path) -> None:
    """By place in the list people swap; ghosts are what was seen last, frozen."""
    file = read_phalp(write(tmp_path / "demo_x.pkl", make_file(gap_scene())))
    assert (file.width, file.height, file.frames) == (WIDTH, HEIGHT, 20)
    assert [p.id for p in file.people] == [1, 2]
    one = file.people[0]
    np.testing.assert_array_equal(one.frame, [*range(8), *range(12, 18)])
    np.testing.assert_allclose(one.camera[:, 0], 0.1 * one.frame - 0.5, atol=1e-6)
    np.testing.assert_allclose(one.bbox[0], [100, 120, 160, 300])


def test_a_file_becomes_a_capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ids, gaps, metres, axes and rate, all the way to the folder that Blender opens."""
    write(tmp_path / "demo_x.pkl", make_file(gap_scene()))
    assert main(["import", str(tmp_path / "demo_x.pkl"), "--fps", "25", "--progress", "json"]) == 0
    folder = tmp_path / "demo_x.capture"
    capture = read_capture(folder)
    tracks = read_tracks(folder, capture)
    assert sorted(tracks) == [1, 2]
    assert capture.video.fps == 25
    assert (folder / "thumbs" / "001.jpg").is_file()
    one = tracks[1]
    np.testing.assert_array_equal(one.frame, range(18))
    np.testing.assert_array_equal(one.observed, [*[True] * 8, *[False] * 4, *[True] * 6])
    assert one.mocap_framerate == 25
    # The pelvis, in metres in the camera's frame: J0 + camera with the depth of a true focal length.
    seen = np.flatnonzero(one.observed)
    wanted = np.stack([0.1 * seen - 0.5, np.full(len(seen), 0.2), np.full(len(seen), 81 * FACTOR)], -1)
    np.testing.assert_allclose(one.camera_trans[seen], wanted + [-0.002, -0.22, 0.025], atol=1e-4)
    # Bridged in a straight line, not frozen.
    np.testing.assert_allclose(np.diff(one.camera_trans[:, 0]), 0.1, atol=1e-5)
    # The same person in the world: the camera's own axes, turned as the camera is.
    np.testing.assert_allclose(capture.camera.to_world(one.camera_trans), one.joints[:, 0], atol=1e-5)
    root = capture.camera.world_from_camera() @ person(1, 3)["smpl"]["global_orient"][0]
    assert geodesic_angle(matrix_from_axis_angle(one.poses[3, :3]), root) < 1e-3
    body = person(1, 3)["smpl"]["body_pose"]
    np.testing.assert_allclose(one.poses[3, 3:].reshape(23, 3), axis_angle_from_matrix(body), atol=1e-4)


def test_without_a_rate_the_user_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file does not have it; 30 is a guess."""
    write(tmp_path / "demo_x.pkl", make_file(gap_scene()))
    assert main(["import", str(tmp_path / "demo_x.pkl"), "--progress", "json"]) == 0
    assert "frame rate" in "".join(capsys.readouterr())
    assert main(["import", str(tmp_path / "demo_x.pkl"), "--progress", "json"]) == 1
    assert "exists" in "".join(capsys.readouterr())


def test_older_forks_with_other_shapes_are_read(tmp_path: Path) -> None:
    """Leading ones, axis-angle, no conf, no 3d_joints, the size once a frame."""
    scene = {frame: [person(1, frame)] for frame in range(6)}
    data = make_file(scene)
    for frame in data.values():
        smpl = frame["smpl"][0]
        frame["smpl"][0] = {
            "global_orient": axis_angle_from_matrix(smpl["global_orient"]),
            "body_pose": axis_angle_from_matrix(smpl["body_pose"]).reshape(1, 69),
            "betas": smpl["betas"][None],
        }
        frame["camera"][0] = frame["camera"][0][None]
        frame["size"] = [HEIGHT, WIDTH]
        frame["tid"] = np.array([1])
        for name in ("conf", "3d_joints", "time", "tracked_time"):
            del frame[name]
    file = read_phalp(write(tmp_path / "old.pkl", data))
    new = read_phalp(write(tmp_path / "new.pkl", make_file(scene)))
    np.testing.assert_allclose(file.people[0].rotations, new.people[0].rotations, atol=1e-5)
    np.testing.assert_allclose(file.people[0].betas, new.people[0].betas)
    assert main(["import", str(tmp_path / "old.pkl"), "--fps", "30", "--progress", "json"]) == 0


def test_tracks_that_nobody_was_seen_in_are_left_out(tmp_path: Path) -> None:
    """Ghosts only, or made up only: no motion of anybody."""
    scene = {frame: [person(1, frame), person(5, frame, frame + 1), person(6, frame, -1)] for frame in range(6)}
    file = read_phalp(write(tmp_path / "demo_x.pkl", make_file(scene)))
    assert [p.id for p in file.people] == [1]
    assert file.unseen == [5, 6]


def test_numbers_that_are_not_finite_count_as_not_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One frame in which the network lost its way does not cost the animator the whole file."""
    scene = {frame: [person(1, frame), person(2, frame)] for frame in range(8)}
    scene[3][0]["smpl"]["body_pose"][4, 1, 1] = np.nan
    scene[5][1]["camera"][2] = np.inf
    path = write(tmp_path / "demo_x.pkl", make_file(scene))
    file = read_phalp(path)
    assert file.broken == 2
    assert [frame for frame in range(8) if frame not in file.people[0].frame] == [3]
    assert main(["import", str(path), "--fps", "30", "--progress", "json"]) == 0
    assert "not finite: 2 sightings" in capsys.readouterr().out
    tracks = read_tracks(tmp_path / "demo_x.capture", read_capture(tmp_path / "demo_x.capture"))
    assert not tracks[1].observed[3]
    assert all(np.isfinite(track.poses).all() for track in tracks.values())


@pytest.mark.parametrize("scene", [{}, {0: [], 1: []}, {0: [person(1, 0, 3)]}])
def test_nobody_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str], scene: dict[int, Any]) -> None:
    """No tracks is an answer, and no folder is left."""
    write(tmp_path / "demo_x.pkl", make_file(scene))
    assert main(["import", str(tmp_path / "demo_x.pkl"), "--fps", "30", "--progress", "json"]) == 1
    assert '"no_person"' in capsys.readouterr().out
    assert [p.name for p in tmp_path.iterdir() if p.suffix != ".pkl" and p.name != "cache"] == []


def _broken(change: str) -> Any:
    data = make_file({0: [person(1, 0)]})
    frame = data["/v/img/000001.jpg"]
    if change == "smpl":
        frame["smpl"][0]["body_pose"] = np.zeros((5, 3))
    elif change == "camera":
        del frame["camera"]
    elif change == "size":
        frame["size"] = []
    elif change == "list":
        return [1, 2]
    elif change == "time":
        frame["time"] = "soon"
    else:
        return {"a": 1}
    return data


@pytest.mark.parametrize("change", ["smpl", "camera", "size", "list", "time", "other"])
def test_other_files_are_told_apart(tmp_path: Path, change: str) -> None:
    """What is odd, and in which file."""
    with pytest.raises(GhostcapError, match="demo_x") as caught:
        read_phalp(write(tmp_path / "demo_x.pkl", _broken(change)))
    assert caught.value.code == "not_phalp"


def test_a_capture_goes_out_and_comes_back(tmp_path: Path) -> None:
    """Through 4D-Humans' format nothing of the motion is lost."""
    write(tmp_path / "demo_x.pkl", make_file(gap_scene()))
    assert main(["import", str(tmp_path / "demo_x.pkl"), "--fps", "25", "--progress", "json"]) == 0
    folder = tmp_path / "demo_x.capture"
    assert main(["export-phalp", str(folder), "--out", str(tmp_path / "demo_y.pkl"), "--progress", "json"]) == 0
    assert main(["import", str(tmp_path / "demo_y.pkl"), "--fps", "25", "--progress", "json"]) == 0
    before = read_tracks(folder, read_capture(folder))
    after = read_tracks(tmp_path / "demo_y.capture", read_capture(tmp_path / "demo_y.capture"))
    for number, track in before.items():
        np.testing.assert_allclose(after[number].camera_trans, track.camera_trans, atol=1e-3)
        np.testing.assert_allclose(after[number].poses[:, 3:], track.poses[:, 3:], atol=1e-3)
        np.testing.assert_array_equal(after[number].observed, track.observed)


def test_what_is_written_is_what_4d_humans_reads(tmp_path: Path) -> None:
    """joblib.load, as its tools do; field by field the types and shapes that PHALP's own files have."""
    write(tmp_path / "demo_x.pkl", make_file(gap_scene()))
    main(["import", str(tmp_path / "demo_x.pkl"), "--fps", "25", "--progress", "json"])
    main(["export-phalp", str(tmp_path / "demo_x.capture"), "--out", str(tmp_path / "demo_y.pkl")])
    theirs, ours = joblib.load(tmp_path / "demo_x.pkl"), joblib.load(tmp_path / "demo_y.pkl")
    assert len(ours) == 20
    sample, frame = theirs["/v/img/000004.jpg"], list(ours.values())[3]
    assert set(frame) == set(sample)
    for key in sample:
        if not isinstance(sample[key], list):
            assert type(frame[key]) is type(sample[key]), key
            continue
        if not sample[key]:
            continue
        assert len(frame[key]) == len(frame["tid"]), key
        assert type(frame[key][0]) is type(sample[key][0]), key
        if isinstance(sample[key][0], np.ndarray):
            assert frame[key][0].dtype == sample[key][0].dtype, key
            assert frame[key][0].shape == sample[key][0].shape, key
    for key, value in sample["smpl"][0].items():
        assert frame["smpl"][0][key].shape == value.shape
        assert frame["smpl"][0][key].dtype == np.float32
    # Bridged frames are marked as filled in; only real ones are in tracked_ids.
    bridged = list(ours.values())[9]
    assert dict(zip(bridged["tid"], bridged["tracked_time"], strict=True)) == {1: -1, 2: 0}
    assert bridged["tracked_ids"] == [2]
    # The crop's camera and the full one say the same.
    k = frame["tid"].index(1)
    s, tx, _ = frame["camera_bbox"][k]
    side = frame["scale"][k] * max(WIDTH, HEIGHT)
    x = 2 * (frame["center"][k][0] - WIDTH / 2) / (side * s) + tx
    assert x == pytest.approx(frame["camera"][k][0], abs=1e-4)


def test_run_lengths_are_cocos() -> None:
    """An empty mask of 10 pixels, and a known string."""
    assert encode_counts([10]) == ":"
    assert encode_counts([6, 1, 40, 4, 5, 4, 5, 4, 21]) == "61X13mN000`0"
