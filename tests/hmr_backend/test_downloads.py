# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads that break off, against a real server on this machine."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from ghostcap.hmr_backend.downloads import download
from ghostcap.hmr_backend.progress import Cancelled, Silent
from ghostcap.motion.errors import GhostcapError


@dataclass
class Server:
    """What it serves, and how."""

    url: str = ""
    content: bytes = b""
    tag: str = '"1"'
    breaks: int | None = None
    """Bytes after which each answer breaks off."""
    ranges: list[str] = field(default_factory=list)
    resumes: bool = True


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server(content=np.random.default_rng(0).bytes(3_000_000))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/file":
                self.send_error(404)
                return
            wanted = self.headers.get("Range", "")
            state.ranges.append(wanted)
            first = 0
            if wanted and state.resumes and self.headers.get("If-Range") == state.tag:
                first = int(re.findall(r"\d+", wanted)[0])
            data = state.content[first:]
            self.send_response(206 if first else 200)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("ETag", state.tag)
            self.end_headers()
            self.wfile.write(data[: state.breaks])

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{running.server_address[1]}/file"
    yield state
    running.shutdown()
    running.server_close()


def test_a_broken_download_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    """Three gigabytes from a slow server: nothing is fetched twice."""
    server.breaks = 1_000_000
    assert download(server.url, tmp_path / "file", Silent()).read_bytes() == server.content
    assert server.ranges == ["", "bytes=1000000-", "bytes=2000000-"]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


class Stops(Silent):
    """Cancels in the middle."""

    def progress(self, done: int, total: int) -> None:  # noqa: ARG002 - as all reporters
        """Stop early."""
        if done >= 1:
            raise Cancelled


def test_a_cancelled_download_is_gone_on_with_the_next_time(server: Server, tmp_path: Path) -> None:
    """And no half file has the whole one's name."""
    with pytest.raises(Cancelled):
        download(server.url, tmp_path / "file", Stops())
    assert not (tmp_path / "file").exists()
    assert download(server.url, tmp_path / "file", Silent()).read_bytes() == server.content
    assert server.ranges[1] != ""


def test_a_file_that_has_changed_begins_anew(server: Server, tmp_path: Path) -> None:
    """Half of one version and half of another would be no file at all."""
    with pytest.raises(Cancelled):
        download(server.url, tmp_path / "file", Stops())
    server.content, server.tag = b"other" * 1000, '"2"'
    assert download(server.url, tmp_path / "file", Silent()).read_bytes() == server.content


def test_a_server_that_can_not_resume(server: Server, tmp_path: Path) -> None:
    """It sends all again, and all is taken again."""
    with pytest.raises(Cancelled):
        download(server.url, tmp_path / "file", Stops())
    server.resumes = False
    assert download(server.url, tmp_path / "file", Silent()).read_bytes() == server.content


def test_a_dead_link_and_a_dead_server_are_told(server: Server, tmp_path: Path) -> None:
    """The authors' links die often."""
    with pytest.raises(GhostcapError, match="404") as caught:
        download(server.url + "s", tmp_path / "file", Silent())
    assert caught.value.code == "not_found"
    with pytest.raises(GhostcapError) as caught:
        download("http://127.0.0.1:9/file", tmp_path / "file", Silent())
    assert caught.value.code == "no_network"
    assert list(tmp_path.iterdir()) == []
