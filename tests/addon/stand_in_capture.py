# SPDX-License-Identifier: GPL-3.0-or-later
"""In the place of the backend's Python: talks as `ghostcap capture` does. The video's name decides what happens.

dance      captures in a second     long       takes a minute, stops at the next frame when asked, goes on later
stubborn   does not stop when asked, has a child that left its group, as pip does
crash      ends without a word      nobody     ends with an error
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from ghostcap.tests.synthetic_capture import synthetic_track, write_synthetic_capture

STAGES = ("open", "track", "clean", "fit", "ground", "write")


def say(**event: object) -> None:
    print(json.dumps(event), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("-m", dest="module")
    parser.add_argument("command")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--overwrite", action="store_true")
    parser.add_argument("--offline", action="store_true")
    parser.add_argument("--progress")
    parser.add_argument("--height", type=float)
    parser.add_argument("videos", nargs="+", type=Path)
    arguments = parser.parse_args()
    assert (arguments.module, arguments.command, arguments.progress) == ("ghostcap.hmr_backend", "capture", "json")
    assert arguments.offline, "a capture fetches nothing"
    (video,) = arguments.videos
    target = arguments.out / f"{video.stem}.capture"
    part = arguments.out / f"{target.name}.part"
    print("a library speaks on stdout", flush=True)
    print("a library speaks on stderr", file=sys.stderr, flush=True)
    say(event="stage", stage="open", index=1, of=len(STAGES))
    if video.stem == "crash":
        os._exit(3)
    if video.stem == "nobody":
        say(event="error", code="no_person", message=f"Nobody was found in {video}.", hint="More light.")
        return 1
    if video.stem == "stubborn":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sleep = [sys.executable, "-c", "import signal, time; signal.signal(2, signal.SIG_IGN); time.sleep(60)"]
        child = subprocess.Popen(sleep, start_new_session=True)
        part.mkdir(parents=True, exist_ok=True)
        (part / "child").write_text(str(child.pid))
    say(event="stage", stage="track", index=2, of=len(STAGES))
    frames, pause = (20, 0.02) if video.stem not in ("long", "stubborn") else (600, 0.1)
    seen = part / "seen"
    first = int(seen.read_text()) if seen.is_file() else 0
    if first:
        say(event="note", message=f"going on at frame {first}")
    part.mkdir(parents=True, exist_ok=True)
    try:
        for frame in range(first, frames):
            seen.write_text(str(frame))
            say(
                event="progress", stage="track", done=frame, total=frames, fps=1 / pause, eta_s=(frames - frame) * pause
            )
            time.sleep(pause)
    except KeyboardInterrupt:
        say(event="error", code="cancelled", message="Cancelled.", hint="Give the same command again to go on.")
        return 130
    if arguments.overwrite:
        shutil.rmtree(target, ignore_errors=True)
    write_synthetic_capture(target, synthetic_track("stand", frames=10), video=str(video))
    say(event="done", capture=str(target))
    return 0


sys.exit(main())
