# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign pickles: read when they hold data, refused when they hold orders."""

from __future__ import annotations

import os
import pickle
import zlib
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from ghostcap.hmr_backend.foreign.joblib_files import read_joblib
from ghostcap.hmr_backend.foreign.pickles import read_pickle
from ghostcap.motion.errors import GhostcapError


class Order:
    """Runs something when it is unpickled."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.order = (function, arguments)

    def __reduce__(self) -> Any:
        return self.order


CONTENT = {
    "numbers": [1, 2.5, "text", None, True, (1, 2)],
    "arrays": [np.arange(6, dtype=np.float32).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3))],
    "empty": np.zeros((0, 4), dtype=np.int64),
    "scalar": np.float32(0.75),
    "integer": np.int64(7),
}


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3)])
def test_joblib_files_come_back_whole(tmp_path: Path, compress: Any) -> None:
    """PHALP writes zlib; people repack."""
    path = tmp_path / "demo.pkl"
    joblib.dump(CONTENT, path, compress=compress)
    read = read_joblib(path)
    assert read["numbers"] == CONTENT["numbers"]
    for mine, theirs in zip(read["arrays"], CONTENT["arrays"], strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert read["empty"].shape == (0, 4)
    assert read["scalar"] == np.float32(0.75)
    assert read["integer"] == 7


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_pickles_of_any_age_are_read(tmp_path: Path, protocol: int) -> None:
    """The Blender add-on CEB repacks PHALP's files as plain pickles."""
    path = tmp_path / "plain.pkl"
    path.write_bytes(pickle.dumps(CONTENT, protocol))
    np.testing.assert_array_equal(read_pickle(path)["arrays"][0], CONTENT["arrays"][0])
    np.testing.assert_array_equal(read_joblib(path)["arrays"][1], CONTENT["arrays"][1])


@pytest.mark.parametrize(
    ("order", "name"),
    [
        (Order(os.mkdir, "harm"), "mkdir"),
        (Order(eval, "open('harm', 'w')"), "eval"),
        (Order(exec, "open('harm', 'w')"), "exec"),
        (Order(getattr, "text", "format"), "getattr"),
        (Order(np.fromfile, "harm"), "fromfile"),
    ],
)
@pytest.mark.parametrize("read", [read_pickle, read_joblib])
def test_a_pickle_that_wants_to_run_something_is_refused_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: Order, name: str, read: Any
) -> None:
    """A file from a forum must not be able to do anything on a user's machine."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps({"a": [1, order]}, 2))
    with pytest.raises(GhostcapError, match=name) as caught:
        read(path)
    assert caught.value.code == "unsafe_file"
    assert not (tmp_path / "harm").exists()


def test_orders_inside_an_array_of_objects_are_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """joblib's own reader hands such an array to pickle.load, behind any list of allowed names."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.pkl"
    array = np.empty(1, dtype=object)
    array[0] = Order(os.mkdir, "harm")
    joblib.dump({"a": array}, path, compress=3)
    with pytest.raises(GhostcapError, match="mkdir") as caught:
        read_joblib(path)
    assert caught.value.code == "unsafe_file"
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("keep", [0, 1, 10, 100, -20])
def test_a_cut_off_file_is_told_as_one(tmp_path: Path, keep: int) -> None:
    """Downloads break; the user should hear that and not a traceback."""
    path = tmp_path / "demo.pkl"
    joblib.dump(CONTENT, path, compress=3)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(GhostcapError) as caught:
        read_joblib(path)
    assert caught.value.code == "bad_file"
    assert "demo.pkl" in caught.value.message


def test_noise_is_told_as_damage(tmp_path: Path) -> None:
    """Whatever the bytes are, there is an answer; none of them runs."""
    random = np.random.default_rng(0)
    path = tmp_path / "noise.pkl"
    good = pickle.dumps(CONTENT, 2)
    for _ in range(300):
        data = bytearray(good)
        for place in random.integers(0, len(data), 5):
            data[place] = random.integers(0, 256)
        path.write_bytes(bytes(data))
        try:
            read_joblib(path)
        except GhostcapError as error:
            assert error.code in ("bad_file", "unsafe_file")  # noqa: PT017 - some noise is harmless


@pytest.mark.parametrize("text", ["import os, sys\nfrom x import y\n", "x", "c\n\n.", "\u821e\u8e48"])
def test_text_is_no_pickle(tmp_path: Path, text: str) -> None:
    """Letters are orders to a pickle reader; the user gets no quotation of them."""
    (tmp_path / "a.pkl").write_text(text, encoding="utf-8")
    for read in (read_pickle, read_joblib):
        with pytest.raises(GhostcapError) as caught:
            read(tmp_path / "a.pkl")
        assert caught.value.code == "bad_file"


def test_a_small_file_that_unpacks_to_a_huge_one_is_stopped(tmp_path: Path) -> None:
    """Ten megabytes can unpack to ten gigabytes."""
    path = tmp_path / "bomb.pkl"
    path.write_bytes(zlib.compress(b"\x80\x02C" + bytes(50_000_000), 9))
    with pytest.raises(GhostcapError) as caught:
        read_joblib(path, limit=1_000_000)
    assert caught.value.code == "bad_file"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A typing mistake gets a plain answer."""
    with pytest.raises(GhostcapError) as caught:
        read_joblib(tmp_path / "none.pkl")
    assert caught.value.code == "not_found"
