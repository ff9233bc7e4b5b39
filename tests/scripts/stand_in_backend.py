# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaks the backend's line protocol and writes synthetic captures. What a video is called decides what happens."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from ghostcap.motion.capture import read_capture, write_capture
from ghostcap.tests.synthetic_capture import synthetic_track, write_synthetic_capture


def say(**event: object) -> None:
    print(json.dumps(event), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("-m", dest="module")
    parser.add_argument("command")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--overwrite", action="store_true")
    parser.add_argument("--offline", action="store_true")
    parser.add_argument("--progress")
    parser.add_argument("videos", nargs="+", type=Path)
    arguments = parser.parse_args()
    assert (arguments.module, arguments.command, arguments.progress) == ("ghostcap.hmr_backend", "capture", "json")
    several, failed = len(arguments.videos) > 1, False
    for number, video in enumerate(arguments.videos, 1):
        print("a library says something that is no event", flush=True)
        if several:
            say(event="video", video=str(video), index=number, of=len(arguments.videos))
        say(event="stage", stage="track", index=2, of=6)
        if video.stem == "slow":
            try:
                time.sleep(60)
            except KeyboardInterrupt:
                return 130
        if video.stem == "crash":
            raise MemoryError("no more memory")
        if video.stem == "bad":
            about = {"video": str(video)} if several else {}
            say(event="error", code="not_a_video", message=f"{video} is not a video.", hint="Check the file.", **about)
            failed = True
            continue
        target = arguments.out / f"{video.stem}.capture"
        write_synthetic_capture(
            target, synthetic_track(frames=10), synthetic_track("stand", frames=10), video=str(video)
        )
        capture = read_capture(target)
        digest = hashlib.sha256(video.read_bytes()).hexdigest()
        write_capture(target, replace(capture, video=replace(capture.video, sha256=digest)))
        say(event="done", capture=str(target))
    return int(failed)


sys.exit(main())
