# SPDX-License-Identifier: GPL-3.0-or-later
"""`ghostcap weights`: what users download is recognised, checked and kept; archives can't do harm."""

from __future__ import annotations

import io
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest

from ghostcap.hmr_backend.cli import main
from ghostcap.hmr_backend.progress import Silent
from ghostcap.hmr_backend.weights import (
    ALL,
    HMR2,
    SMPL,
    add_weights,
    read_user_body,
    require,
    require_all,
    weights_folder,
)
from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.skeleton import PARENTS


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GHOSTCAP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def smpl_file(tmp_path: Path) -> Path:
    """In SMPL's shapes; its numbers are made up."""
    random = np.random.default_rng(0)
    weights = np.zeros((6890, 24))
    weights[np.arange(6890), random.integers(0, 24, 6890)] = 1
    regressor = np.zeros((24, 6890))
    regressor[:, :24] = np.eye(24)
    path = tmp_path / "SMPL_NEUTRAL.pkl"
    path.write_bytes(
        pickle.dumps(
            {
                "v_template": random.normal(size=(6890, 3)),
                "shapedirs": random.normal(size=(6890, 3, 10)),
                "J_regressor": regressor,
                "weights": weights,
                "f": np.zeros((13776, 3), np.uint32),
                "kintree_table": np.array([[4294967295, *PARENTS[1:]], range(24)], np.uint32),
            }
        )
    )
    return path


def test_the_list_tells_what_is_missing_from_where_and_under_which_licence(capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody who has never heard of SMPL has to find it."""
    assert main(["weights"]) == 0
    said = capsys.readouterr().out
    for weights in ALL:
        assert weights.license in said
        assert weights.source in said
        assert weights.size in said
    assert said.count("missing") == 2


def test_a_body_is_added_and_used(smpl_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the user's download to the body that captures are made with."""
    assert read_user_body() is None
    with pytest.raises(GhostcapError, match="ghostcap weights add") as caught:
        require(SMPL)
    assert caught.value.code == "weights_missing"
    assert main(["weights", "add", str(smpl_file)]) == 0
    body = read_user_body()
    assert body.kind == "smpl"
    assert body.vertices.shape == (6890, 3)
    assert require(SMPL).is_file()
    capsys.readouterr()
    main(["weights"])
    assert "SMPL's neutral body: there" in capsys.readouterr().out


def test_all_that_is_missing_is_told_at_once(smpl_file: Path) -> None:
    """Not one file after the other, each after a download."""
    with pytest.raises(GhostcapError, match=f"{HMR2.title} and {SMPL.title}") as caught:
        require_all(HMR2, SMPL)
    assert caught.value.code == "weights_missing"
    assert HMR2.comes_as[0] in caught.value.hint
    assert SMPL.comes_as[0] in caught.value.hint
    add_weights(smpl_file, Silent())
    require_all(SMPL)
    with pytest.raises(GhostcapError, match=HMR2.title):
        require_all(HMR2, SMPL)


def test_one_bad_file_of_several_does_not_stop_the_rest(
    tmp_path: Path, smpl_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code and a line tell which."""
    (tmp_path / "bad.pkl").write_bytes(b"nothing of the kind")
    assert main(["weights", "add", str(tmp_path / "bad.pkl"), str(smpl_file)]) == 1
    assert read_user_body() is not None
    assert "bad.pkl" in "".join(capsys.readouterr())


def test_add_without_a_file_is_wrong_usage() -> None:
    """Exit code 2, as for any wrong command line."""
    assert main(["weights", "add"]) == 2


def _pack(path: Path, members: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return path


def test_an_archive_writes_nothing_outside(tmp_path: Path) -> None:
    """Names with .., absolute names and links are an old way to overwrite a user's files."""
    pytest.importorskip("torch")
    path = _pack(
        tmp_path / "hmr2_data.tar.gz",
        {"../../harm.txt": b"x", str(tmp_path / "harm.ckpt2"): b"x", "../harm.ckpt": b"no checkpoint"},
        {"logs/a.ckpt": "/etc/passwd"},
    )
    with pytest.raises(GhostcapError) as caught:
        add_weights(path, Silent())
    assert caught.value.code == "bad_weights"
    assert not list(tmp_path.rglob("harm*"))
    assert list(weights_folder().iterdir()) == []


def test_an_archive_without_a_checkpoint(tmp_path: Path) -> None:
    """Somebody gives another archive."""
    pytest.importorskip("torch")
    path = _pack(tmp_path / "other.tar.gz", {"readme.txt": b"x"}, {"logs/a.ckpt": "/etc/passwd"})
    with pytest.raises(GhostcapError) as caught:
        add_weights(path, Silent())
    assert caught.value.code == "not_weights"


@pytest.mark.parametrize("keep", [20, 400, -30])
def test_a_cut_off_archive_is_told_as_one(tmp_path: Path, keep: int) -> None:
    """The authors' server breaks off often."""
    pytest.importorskip("torch")
    noise = np.random.default_rng(0).bytes(100_000)
    path = _pack(tmp_path / "hmr2_data.tar.gz", {"logs/a.ckpt": noise, "after": noise})
    path.write_bytes(path.read_bytes()[:keep] if keep > 0 else path.read_bytes()[:60_000])
    with pytest.raises(GhostcapError) as caught:
        add_weights(path, Silent())
    assert caught.value.code == "bad_weights"
    assert not (weights_folder() / HMR2.file).exists()


def test_a_member_that_says_it_is_huge_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small archive can fill a disk."""
    pytest.importorskip("torch")
    monkeypatch.setattr("ghostcap.hmr_backend.weights.LARGEST", 1000)
    path = _pack(tmp_path / "hmr2_data.tar.gz", {"logs/a.ckpt": bytes(10_000)})
    with pytest.raises(GhostcapError, match="GB") as caught:
        add_weights(path, Silent())
    assert caught.value.code == "bad_weights"


def test_nothing_is_fetched_without_a_yes(capsys: pytest.CaptureFixture[str]) -> None:
    """The user sees where from, how much and under which licence first."""
    assert main(["weights", "fetch"]) == 2
    said = "".join(capsys.readouterr())
    assert HMR2.license in said
    assert "--yes" in said


def test_a_dead_address_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """And that there is --url."""
    pytest.importorskip("torch")
    assert (
        main(["weights", "fetch", "--yes", "--url", "http://127.0.0.1:9/hmr2_data.tar.gz", "--progress", "json"]) == 1
    )
    assert '"no_network"' in capsys.readouterr().out
