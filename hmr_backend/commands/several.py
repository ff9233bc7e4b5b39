# SPDX-License-Identifier: GPL-3.0-or-later
"""The same work for several videos: one bad video does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from joblib import Parallel, delayed

from ...motion.errors import GhostcapError
from ..reporting import Outlet


def for_each(videos: Sequence[Path], work: Callable[[Path], None], outlet: Outlet, jobs: int = 1) -> bool:
    """Do the work for each video, `jobs` at a time in threads; False when one failed.

    `work` raises GhostcapError for a video that can't be done; Cancelled ends everything.
    """
    several = len(videos) > 1

    def attempt(number: int, video: Path) -> GhostcapError | None:
        if several:
            outlet.video(video, number, len(videos))
        try:
            work(video)
        except GhostcapError as error:
            outlet.error(error, str(video) if several else "")
            return error
        return None

    tasks = [delayed(attempt)(number, video) for number, video in enumerate(videos, 1)]
    outcomes = list(Parallel(n_jobs=min(jobs, len(videos)), backend="threading")(tasks))
    failed = [video for video, error in zip(videos, outcomes, strict=True) if error is not None]
    if several:
        names = ": " + ", ".join(video.name for video in failed) if failed else ""
        outlet.note(f"{len(videos) - len(failed)} of {len(videos)} videos done, {len(failed)} failed{names}.")
    return not failed
