# SPDX-License-Identifier: GPL-3.0-or-later
"""The same work for several videos: one bad video does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ...motion.errors import GhostcapError
from ..reporting import Outlet
from ..workspace import default_target


def for_each(
    videos: Sequence[Path], work: Callable[[Path], None], outlet: Outlet, out: Path | None, jobs: int = 1
) -> bool:
    """Do the work for each video, `jobs` at a time in threads; False when one failed.

    `work` raises GhostcapError for a video that can't be done; Cancelled ends everything. Of videos whose captures
    would lie in one folder (in `out`, or beside the videos) only the first is done.
    """
    several = len(videos) > 1
    first: dict[Path, Path] = {}
    for video in videos:
        first.setdefault(default_target(video, out), video)

    def attempt(number: int, video: Path) -> GhostcapError | None:
        if several:
            outlet.video(video, number, len(videos))
        try:
            same = first[default_target(video, out)]
            if same != video:
                raise GhostcapError(f"{video} has the same name as {same}.", "Use another --out for it.", "same_name")
            work(video)
        except GhostcapError as error:
            outlet.error(error, str(video) if several else "")
            return error
        return None

    outcomes: list[GhostcapError | None]
    if several:
        from joblib import Parallel, delayed

        tasks = [delayed(attempt)(number, video) for number, video in enumerate(videos, 1)]
        outcomes = list(Parallel(n_jobs=min(jobs, len(videos)), backend="threading")(tasks))
    else:
        outcomes = [attempt(1, videos[0])]
    failed = [video for video, error in zip(videos, outcomes, strict=True) if error is not None]
    if several:
        names = ": " + ", ".join(video.name for video in failed) if failed else ""
        outlet.note(f"{len(videos) - len(failed)} of {len(videos)} videos done, {len(failed)} failed{names}.")
    return not failed
