# SPDX-License-Identifier: GPL-3.0-or-later
"""Large files over HTTP: resumed where they broke off, checked for their size, whole or not there."""

from __future__ import annotations

import json
import os
import shutil
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Final

from ..motion.errors import GhostcapError
from .progress import Reporter

_BLOCK: Final = 1 << 18
_MEGABYTE: Final = 1_000_000
_TIMEOUT: Final = 30.0
_ATTEMPTS: Final = 5


def download(url: str, target: Path, reporter: Reporter) -> Path:
    """Fetch a file. What was fetched before a break, or by an earlier call, is kept in `target`.part and gone on from.

    A file that has changed on the server since begins anew. GhostcapError: `no_network`, `not_found`, `disk_full`.
    Raises what the reporter's progress raises, Cancelled above all; the part stays.
    """
    part, note = target.with_name(target.name + ".part"), target.with_name(target.name + ".part.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    failure: Exception | None = None
    for _ in range(_ATTEMPTS):
        before = part.stat().st_size if part.exists() else 0
        try:
            if _go_on(url, part, note, reporter):
                os.replace(part, target)
                note.unlink(missing_ok=True)
                return target
            failure = EOFError("the connection broke off")
        except urllib.error.HTTPError as error:
            if error.code == 416:  # range not satisfiable: the part is not of this file
                part.unlink(missing_ok=True)
                failure = error
                continue
            raise GhostcapError(
                f"{url} can't be fetched: the server says {error.code} {error.reason}.",
                "Look for it at its source.",
                "not_found",
            ) from error
        except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
            failure = error
        # Without any headway another attempt is of no use.
        if not part.exists() or part.stat().st_size <= before:
            break
    raise GhostcapError(
        f"{url} can't be fetched: {failure}.",
        "Check the network (a proxy: HTTPS_PROXY) and run it again; what was fetched is kept.",
        "no_network",
    )


def _go_on(url: str, part: Path, note: Path, reporter: Reporter) -> bool:
    """Fetch what is missing; whether it is whole now."""
    have = part.stat().st_size if part.exists() else 0
    tag = _read_tag(note, url) if have else ""
    headers = {"Range": f"bytes={have}-", "If-Range": tag} if tag else {}
    if not url.startswith(("http://", "https://")):
        raise GhostcapError(f"{url} is no http address.", code="usage")
    request = urllib.request.Request(url, headers={"User-Agent": "ghostcap", **headers})  # noqa: S310 - http(s) only
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - as above
        resumed = answer.status == 206  # partial content
        have = have if resumed else 0
        total = have + int(answer.headers.get("Content-Length", 0))
        _check_room(part, total - have)
        tag = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        note.write_text(json.dumps({"url": url, "tag": tag}), encoding="utf-8")
        have = _copy(answer, part, have, total, reporter)
    return have == total if total else True


def _copy(answer: HTTPResponse, part: Path, have: int, total: int, reporter: Reporter) -> int:
    with part.open("ab" if have else "wb") as file:
        while block := answer.read(_BLOCK):
            file.write(block)
            have += len(block)
            reporter.progress(have // _MEGABYTE, max(total, have) // _MEGABYTE + 1)
    return have


def _check_room(part: Path, missing: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if free < missing:
        raise GhostcapError(
            f"{part.parent} has {free / 1e9:.1f} GB free; {missing / 1e9:.1f} GB are to come.",
            "Make room, or set GHOSTCAP_CACHE to another folder.",
            "disk_full",
        )


def _read_tag(note: Path, url: str) -> str:
    """What the server called the version that the part is of; weak tags can't be resumed by."""
    try:
        kept = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    tag = str(kept.get("tag", "")) if isinstance(kept, dict) and kept.get("url") == url else ""
    return "" if tag.startswith("W/") else tag
