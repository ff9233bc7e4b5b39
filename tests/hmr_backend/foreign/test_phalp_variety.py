# SPDX-License-Identifier: GPL-3.0-or-later
"""4D-Humans' files as they are about: from PHALP with all its keys, from forks, from other Pythons, repacked."""

from __future__ import annotations

import importlib.util
import io
import pickle
from collections import OrderedDict, defaultdict
from pathlib import Path, PurePosixPath
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ghostcap.hmr_backend.cli import main
from ghostcap.hmr_backend.foreign.joblib_files import read_joblib
from ghostcap.hmr_backend.foreign.phalp import PhalpFile, read_phalp
from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.rotations import axis_angle_from_matrix, matrix_from_axis_angle

WIDTH, HEIGHT = 1280, 720
LISTS = (
    "tid", "bbox", "tracked_time", "appe", "loca", "pose", "center", "scale", "size", "img_path", "img_name",
    "class_name", "conf", "annotations", "smpl", "camera", "camera_bbox", "3d_joints", "2d_joints", "mask",
    "extra_data",
)  # fmt: skip


def real_person(track: int, frame: int, since: int) -> dict[str, Any]:
    """One person's entries, all keys that PHALP 1.x writes with rendering on; a ghost shows its last real frame."""
    seen = frame - max(since, 0)
    random = np.random.default_rng([track, 100 + seen])
    body = matrix_from_axis_angle(random.normal(size=(24, 3)) * 0.4).astype(np.float32)
    return {
        "tid": track,
        "bbox": np.array([50 * track, 40 + seen, 90, 260], np.float32),
        "tracked_time": since,
        "appe": random.normal(size=4096).astype(np.float32),
        "loca": random.normal(size=99).astype(np.float32),
        "pose": random.normal(size=229).astype(np.float32),
        "center": np.array([50.0 * track + 45, 170.0 + seen]),
        "scale": 0.27,
        "size": [HEIGHT, WIDTH],
        "img_path": f"/out/_DEMO/\u821e\u8e48 a/img/{seen + 1:06d}.jpg",
        "img_name": f"{seen + 1:06d}.jpg",
        "class_name": np.int64(0),
        "conf": np.float32(0.97),
        "annotations": [],
        "smpl": {
            "global_orient": body[:1],
            "body_pose": body[1:],
            "betas": random.normal(size=10).astype(np.float32),
        },
        "camera": np.array([0.1 * track, 0.2, 60 + seen], np.float32),
        "camera_bbox": np.array([0.9, 0.0, 0.1], np.float32),
        "3d_joints": random.normal(size=(45, 3)).astype(np.float32),
        "2d_joints": random.uniform(size=90).astype(np.float32),
        "mask": [{"size": [HEIGHT, WIDTH], "counts": b"0P4" if track % 2 else "0P4"}],
        "extra_data": 0,
    }


def real_file(people: dict[int, list[int | None]], frames: int) -> dict[Any, dict[str, Any]]:
    """frame path -> dict. people: track -> its tracked_time in each frame, None where it is not there."""
    out: dict[Any, dict[str, Any]] = {}
    for frame in range(frames):
        name = f"/out/_DEMO/\u821e\u8e48 a/img/{frame + 1:06d}.jpg"
        here = [real_person(t, frame, since) for t, times in people.items() if (since := times[frame]) is not None]
        out[name] = {"time": frame, "shot": int(frame == 0), "frame_path": name}
        for key in LISTS:
            out[name][key] = [one[key] for one in here]
        real = [one for one in here if one["tracked_time"] == 0]
        out[name]["tracked_ids"] = [one["tid"] for one in real]
        out[name]["tracked_bbox"] = [one["bbox"] for one in real]
    return out


def check(file: PhalpFile, people: dict[int, list[int | None]], tolerance: float = 1e-5) -> None:
    """Each track has its real rows, and their numbers."""
    wanted = {t: [f for f, since in enumerate(times) if since == 0] for t, times in people.items()}
    assert {p.id: p.frame.tolist() for p in file.people} == {t: frames for t, frames in wanted.items() if frames}
    there = {t for t, times in people.items() if any(since is not None for since in times)}
    assert file.unseen == sorted(t for t in there if not wanted[t])
    if file.people:
        assert (file.width, file.height) == (WIDTH, HEIGHT)
    for person in file.people:
        for row, frame in enumerate(person.frame.tolist()):
            given_one = real_person(person.id, frame, 0)
            body = np.concatenate([given_one["smpl"]["global_orient"], given_one["smpl"]["body_pose"]])
            np.testing.assert_allclose(person.rotations[row], body, atol=tolerance)
            np.testing.assert_allclose(person.betas[row], given_one["smpl"]["betas"], atol=tolerance)
            np.testing.assert_allclose(person.camera[row], given_one["camera"], atol=tolerance)
            x, y, w, h = given_one["bbox"]
            np.testing.assert_allclose(person.bbox[row], [x, y, x + w, y + h], atol=tolerance)
            assert person.score[row] == pytest.approx(0.97)
            np.testing.assert_allclose(person.joints[row, 0], given_one["3d_joints"][8], atol=tolerance)


SCENE: dict[int, list[int | None]] = {
    1: [0, 0, 1, 2, 0, 0],
    3: [None, 0, 0, 1, 2, 3],
    4: [1, 2, 3, 4, 5, None],
}


def packings() -> list[Any]:
    """joblib's compressions and pickle's protocols."""
    methods: list[Any] = [0, 1, 3, 9, ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3)]
    return methods + ([("lz4", 3)] if importlib.util.find_spec("lz4") else [])


@pytest.mark.parametrize("compress", packings())
@pytest.mark.parametrize("protocol", [None, 2, 4, 5])
def test_every_packing_is_read(tmp_path: Path, compress: Any, protocol: int | None) -> None:
    """PHALP writes zlib at level 3, with the protocol that joblib took then."""
    path = tmp_path / "demo_\u821e\u8e48 a.pkl"
    joblib.dump(real_file(SCENE, 6), path, compress=compress, protocol=protocol)
    check(read_phalp(path), SCENE)


@pytest.mark.parametrize("core", [b"numpy.core", b"numpy._core"])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_numpys_names_of_both_ages_are_read(tmp_path: Path, core: bytes, protocol: int) -> None:
    """NumPy 2 moved numpy.core to numpy._core, and 4D-Humans pins NumPy 1."""
    data = pickle.dumps(real_file(SCENE, 6), protocol)
    if protocol >= 4:  # short strings have their length in front
        data = renamed_strings(data, core)
    else:
        data = data.replace(b"cnumpy._core.", b"c" + core + b".").replace(b"cnumpy.core.", b"c" + core + b".")
    path = tmp_path / "demo_x.pkl"
    path.write_bytes(data)
    check(read_phalp(path), SCENE)


def renamed_strings(data: bytes, core: bytes) -> bytes:
    """A pickle of protocol 4 and later with NumPy's core under another name; frames go, as lengths change."""
    out = io.BytesIO()
    pickler: Any = pickle._Pickler(out, 4)  # type: ignore[attr-defined] - the only one that can be built upon
    content = pickle.loads(data)  # noqa: S301 - just made

    def save_global(obj: Any, name: str | None = None) -> None:
        module = str(obj.__module__).replace("numpy._core", core.decode()).replace("numpy.core", core.decode())
        pickler.save(module)
        pickler.save(name or obj.__qualname__)
        pickler.write(pickle.STACK_GLOBAL)

    pickler.save_global = save_global
    pickler.dump(content)
    return out.getvalue()


def dress(data: dict[Any, dict[str, Any]], style: str) -> Any:
    """The same file as a fork has it."""
    out: dict[Any, Any] = {}
    for name, given_frame in data.items():
        key, frame = name, dict(given_frame)
        if style == "paths":
            key, frame["frame_path"] = PurePosixPath(name), PurePosixPath(name)
            frame["img_path"] = [PurePosixPath(p) for p in frame["img_path"]]
        elif style == "bytes":
            key = name.encode()
            frame["img_name"] = [p.encode() for p in frame["img_name"]]
        elif style == "scalars":
            frame["time"] = np.int64(frame["time"])
            frame["tid"] = [np.int32(t) for t in frame["tid"]]
            frame["tracked_time"] = [np.array([t]) for t in frame["tracked_time"]]
            frame["scale"] = [np.float64(s) for s in frame["scale"]]
            frame["size"] = [np.array(s) for s in frame["size"]]
            frame["conf"] = [np.array([c]) for c in frame["conf"]]
        elif style == "arrays":
            for field in ("tid", "tracked_time", "bbox", "camera", "conf", "size", "3d_joints"):
                frame[field] = np.array(frame[field])
        elif style == "stacked":
            every = frame["smpl"]
            frame["smpl"] = {
                part: np.array([one[part] for one in every]) for part in ("global_orient", "body_pose", "betas")
            }
        elif style == "objects":
            boxes = np.empty(len(frame["bbox"]), dtype=object)
            boxes[:] = [list(map(float, box)) for box in frame["bbox"]]
            frame["bbox"] = boxes
        elif style == "leading ones":
            frame["smpl"] = [{part: value[None] for part, value in one.items()} for one in frame["smpl"]]
            frame["camera"] = [value[None] for value in frame["camera"]]
        elif style == "axis-angle":
            frame["smpl"] = [
                {
                    "global_orient": axis_angle_from_matrix(one["global_orient"]).reshape(1, 3),
                    "body_pose": axis_angle_from_matrix(one["body_pose"]).reshape(69),
                    "betas": one["betas"],
                }
                for one in frame["smpl"]
            ]
        elif style == "doubles":
            frame["smpl"] = [{part: value.astype(float) for part, value in one.items()} for one in frame["smpl"]]
        elif style == "fortran":
            frame["smpl"] = [{part: np.asfortranarray(value) for part, value in one.items()} for one in frame["smpl"]]
        elif style == "temporary":
            frame["frame"] = np.zeros((8, 8, 3), np.uint8)
            frame["uv"] = [np.zeros((4, 8, 8), np.float32) for _ in frame["tid"]]
            frame["prediction_loca"] = [np.zeros((1, 99)) for _ in frame["tid"]]
        elif style == "no rendering":
            for field in ("appe", "loca", "pose"):
                del frame[field]
        elif style == "defaultdict":
            frame = defaultdict(list, frame)
        out[key] = frame
    return OrderedDict(out) if style == "paths" else out


STYLES = (
    "plain", "paths", "bytes", "scalars", "arrays", "stacked", "objects", "leading ones", "axis-angle", "doubles",
    "fortran", "temporary", "no rendering", "defaultdict",
)  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("dump", ["joblib", "pickle"])
def test_what_forks_do_to_the_file_is_understood(tmp_path: Path, style: str, dump: str) -> None:
    """Nobody knows which fork made the file that is on their disk."""
    data = dress(real_file(SCENE, 6), style)
    path = tmp_path / "demo_x.pkl"
    if dump == "joblib":
        joblib.dump(data, path, compress=3)
    else:
        path.write_bytes(pickle.dumps(data))
    check(read_phalp(path), SCENE, 1e-4)
    assert main(["import", str(path), "--fps", "30", "--out", str(tmp_path / "out"), "--progress", "json"]) == 0


def test_tensors_are_read_as_arrays(tmp_path: Path) -> None:
    """Some forks forget to call .numpy()."""
    torch = pytest.importorskip("torch")
    data = real_file(SCENE, 6)
    for frame in data.values():
        frame["smpl"] = [{part: torch.from_numpy(value) for part, value in one.items()} for one in frame["smpl"]]
        frame["camera"] = [torch.from_numpy(value) for value in frame["camera"]]
    joblib.dump(data, tmp_path / "demo_x.pkl", compress=3)
    check(read_phalp(tmp_path / "demo_x.pkl"), SCENE)
    # Views of a larger tensor, transposed ones, half precision.
    whole = torch.arange(24.0).reshape(2, 3, 4)
    views = [whole[1], whole.transpose(0, 2), whole[:, 1].to(torch.bfloat16), whole[:0], torch.tensor(3)]
    joblib.dump(views, tmp_path / "views.pkl")
    for mine, theirs in zip(read_joblib(tmp_path / "views.pkl"), views, strict=True):
        np.testing.assert_array_equal(mine, theirs.float().numpy())


class Claims:
    """A tensor that says it is larger than it is."""

    def __init__(self, tensor: Any, size: tuple[int, ...], stride: tuple[int, ...]) -> None:
        self.parts = (tensor.storage(), 0, size, stride, False, OrderedDict())

    def __reduce__(self) -> Any:
        from torch._utils import _rebuild_tensor_v2

        return _rebuild_tensor_v2, self.parts


@pytest.mark.parametrize(("size", "stride"), [((100,), (1,)), ((1 << 40,), (0,)), ((2,), (-5,)), ((3, 3), (1,))])
def test_a_tensor_does_not_reach_beyond_its_numbers(
    tmp_path: Path, size: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    """Memory of the program would get into the capture, or run out."""
    torch = pytest.importorskip("torch")
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(Claims(torch.zeros(4), size, stride)))
    with pytest.raises(GhostcapError) as caught:
        read_joblib(tmp_path / "x.pkl")
    assert caught.value.code == "bad_file"


def test_without_lz4_the_user_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, with what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    (tmp_path / "x.pkl").write_bytes(b"\x04\x22\x4d\x18" + bytes(50))
    with pytest.raises(GhostcapError, match="LZ4") as caught:
        read_joblib(tmp_path / "x.pkl")
    assert caught.value.code == "no_lz4"


times = st.lists(st.sampled_from([None, 0, 0, 0, 1, 2, 17]), min_size=8, max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.dictionaries(st.integers(1, 500), times, max_size=4),
    style=st.sampled_from(STYLES),
    compress=st.sampled_from(packings()[:5]),
)
def test_any_scene_comes_back_by_track(
    tmp_path: Path, people: dict[int, list[int | None]], style: str, compress: Any
) -> None:
    """People who come, go, and are ghosts for a while: rows by id, real ones only, in order; or nobody at all."""
    path = tmp_path / "demo_x.pkl"
    joblib.dump(dress(real_file(people, 8), style), path, compress=compress)
    check(read_phalp(path), people, 1e-4)
