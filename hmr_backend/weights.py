# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights and bodies that users fetch themselves: what there is, what each is for, and how it gets here.

Their licences don't let us hand them out. They are checked, converted into files that hold arrays only, and kept in the
user's cache.
"""

from __future__ import annotations

import gzip
import importlib.util
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..motion.archive import written_whole
from ..motion.body import Body, read_body, write_body
from ..motion.errors import GhostcapError
from .cache import cache_folder
from .foreign.smpl import read_smpl
from .progress import Reporter

_BLOCK = 1 << 22
_MEGABYTE = 1_000_000
LARGEST = 8 << 30
"""Bytes an unpacked checkpoint may have; the real one has 2.7 GB."""
MOST_FILES = 1000


@dataclass(frozen=True)
class Weights:
    """One thing the user may add."""

    name: str
    file: str
    """Its name in the weights folder, once it is converted."""
    title: str
    comes_as: tuple[str, ...]
    """Names of the files it comes as."""
    source: str
    """Where the user gets it."""
    license: str
    size: str
    """What there is to download, and what stays on disk."""
    purpose: str
    required: bool
    """Whether the estimator hmr2 can't do without."""


HMR2 = Weights(
    "hmr2",
    "hmr2.safetensors",
    "HMR 2.0b's network",
    ("hmr2_data.tar.gz", "epoch=35-step=1000000.ckpt"),
    "https://github.com/shubham-goel/4D-Humans (fetch_data.sh says where hmr2_data.tar.gz is)",
    "none stated for the weights; they build on SMPL, which is for non-commercial use",
    "2.7 GB, 1.4 GB kept",
    "--estimator hmr2",
    required=True,
)
SMPL = Weights(
    "smpl",
    "smpl_neutral.npz",
    "SMPL's neutral body",
    (
        "basicModel_neutral_lbs_10_207_0_v1.0.0.pkl",
        "basicmodel_neutral_lbs_10_207_0_v1.1.0.pkl",
        "SMPL_NEUTRAL.pkl",
    ),
    "https://smplify.is.tue.mpg.de or https://smpl.is.tue.mpg.de, after registration",
    "SMPL body model licence: non-commercial scientific research, no redistribution",
    "39 MB to 250 MB, 3 MB kept",
    "--estimator hmr2, ghostcap import",
    required=True,
)
SMPLX = Weights(
    "smplx",
    "smplx_neutral.npz",
    "SMPL-X's neutral body",
    ("SMPLX_NEUTRAL.npz",),
    "https://smpl-x.is.tue.mpg.de, after registration",
    "SMPL-X model licence: non-commercial scientific research, no redistribution",
    "109 MB, 5 MB kept",
    "ghostcap import of AMASS files made with SMPL-X",
    required=False,
)
HMR2_URL = "https://people.eecs.berkeley.edu/~jathushan/projects/4dhumans/hmr2_data.tar.gz"
"""The authors' own."""
ALL = (HMR2, SMPL, SMPLX)


def weights_folder() -> Path:
    """The folder of the user's cache with the converted files."""
    return cache_folder() / "weights"


def weights_path(weights: Weights) -> Path:
    """Where the converted file is, or would be."""
    return weights_folder() / weights.file


def require(weights: Weights) -> Path:
    """The converted file; GhostcapError `weights_missing` tells how to get it."""
    path = weights_path(weights)
    if not path.is_file():
        raise GhostcapError(
            f"{weights.title} is not there; Ghostcap may not hand it out ({weights.license}).",
            f"Download {weights.comes_as[0]} from {weights.source}, then: ghostcap weights add {weights.comes_as[0]}",
            "weights_missing",
        )
    return path


def require_all(*wanted: Weights) -> None:
    """GhostcapError `weights_missing` tells of all that are missing at once."""
    missing = [weights for weights in wanted if not weights_path(weights).is_file()]
    if len(missing) == 1:
        require(missing[0])
    if missing:
        raise GhostcapError(
            f"{' and '.join(weights.title for weights in missing)} are not there; Ghostcap may not hand them out.",
            f"ghostcap weights tells where each is from. Then: ghostcap weights add "
            f"{' '.join(weights.comes_as[0] for weights in missing)}",
            "weights_missing",
        )


def read_user_body(weights: Weights = SMPL) -> Body | None:
    """A body the user added, or None."""
    path = weights_path(weights)
    return read_body(path) if path.is_file() else None


def add_weights(path: Path, reporter: Reporter) -> list[Weights]:
    """Find out what a file is, check it, convert it and keep it; what it was.

    GhostcapError: `unsafe_file`, `bad_weights`, `wrong_body`, `bad_file`, `no_torch`, `not_found`, `not_weights`.
    """
    if not path.is_file():
        raise GhostcapError(f"{path} is not a file.", "ghostcap weights add FILE...", "not_found")
    try:
        with path.open("rb") as file:
            start = file.read(8)
        weights_folder().mkdir(parents=True, exist_ok=True)
        if start.startswith(b"\x1f\x8b") or tarfile.is_tarfile(path):
            return [_add_archive(path, reporter)]
        if path.suffix in (".ckpt", ".pt", ".pth", ".safetensors") or _is_checkpoint(path):
            return [_add_network(path, reporter)]
        return [_add_body(path)]
    except OSError as error:
        raise GhostcapError(
            f"{error.filename or weights_folder()}: {error.strerror or error}.",
            "Make room in the weights folder, or set GHOSTCAP_CACHE to another one.",
            "cache_not_writable",
        ) from error


def fetch_network(url: str, reporter: Reporter) -> Weights:
    """Fetch hmr2_data.tar.gz from the authors, or a mirror, and add it; called again, it goes on where it broke off.

    SMPL can't be fetched for anybody: its authors want each user to register.
    """
    require_torch()
    from .downloads import download

    archive = weights_folder() / "hmr2_data.tar.gz"
    if not archive.is_file():
        download(url, archive, reporter)
    try:
        return _add_archive(archive, reporter)
    finally:
        # Whole or damaged, it is of no further use.
        archive.unlink(missing_ok=True)


def _add_body(path: Path) -> Weights:
    body = read_smpl(path)
    weights = SMPL if body.kind == "smpl" else SMPLX
    write_body(weights_path(weights), body)
    return weights


def _add_network(path: Path, reporter: Reporter) -> Weights:
    require_torch()
    from .hmr2.checkpoint import convert_weights

    reporter.progress(0, 1)
    convert_weights(path, weights_path(HMR2))
    reporter.progress(1, 1)
    return HMR2


def _add_archive(path: Path, reporter: Reporter) -> Weights:
    """Take the checkpoint out of hmr2_data.tar.gz. Nothing else is unpacked, and no name in it is used as a path."""
    require_torch()
    with tempfile.TemporaryDirectory(dir=weights_folder(), prefix=".unpacking-") as folder:
        target = Path(folder) / "hmr2.ckpt"
        try:
            with tarfile.open(path, "r|*", fileobj=None) as archive:
                for number, member in enumerate(archive):
                    if number >= MOST_FILES:
                        raise GhostcapError(f"{path} holds more files than it should.", code="bad_weights")
                    if member.name.endswith(".ckpt") and member.isfile():
                        _unpack(path, archive, member, target, reporter)
                        break
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise GhostcapError(
                f"{path} is damaged or not whole: {error}.", "Download it again.", "bad_weights"
            ) from error
        if not target.exists():
            raise GhostcapError(
                f"{path} holds no checkpoint (.ckpt).", "It should be hmr2_data.tar.gz of 4D-Humans.", "not_weights"
            )
        return _add_network(target, reporter)


def _unpack(path: Path, archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path, reporter: Reporter) -> None:
    if member.size > LARGEST:
        raise GhostcapError(f"{path}: {member.name} says it has {member.size / 1e9:.0f} GB.", code="bad_weights")
    source = archive.extractfile(member)
    if source is None:
        raise GhostcapError(f"{path}: {member.name} can't be unpacked.", code="bad_weights")
    with written_whole(target) as temporary, temporary.open("wb") as out:
        _copy(source, out, lambda done: reporter.progress(done // _MEGABYTE, max(member.size // _MEGABYTE, 1)))
        if out.tell() != member.size:
            raise EOFError("it ends early")


def _copy(source: IO[bytes], out: IO[bytes], tick: Callable[[int], None]) -> None:
    done = 0
    while block := source.read(_BLOCK):
        out.write(block)
        done += len(block)
        tick(done)


def _is_checkpoint(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/data.pkl") for name in archive.namelist())


def require_torch() -> None:
    """GhostcapError `no_torch` says how to install it."""
    if importlib.util.find_spec("torch") is None or importlib.util.find_spec("safetensors") is None:
        raise GhostcapError(
            "HMR2 needs torch, which is not installed.",
            "Install it with: python3 scripts/run.py --with hmr2 (200 MB; for an NVIDIA GPU 3 GB).",
            "no_torch",
        )
