# SPDX-License-Identifier: GPL-3.0-or-later
"""The film (user, ghost, heatmap side by side) and the pictures of the worst moments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...motion.archive import written_whole
from ...motion.compare.coaching import read_colouring
from ...motion.compare.comparison import Comparison
from ..preview import encode_video, write_picture
from ..progress import Reporter
from .footage import Footage
from .room import Room, draw_label, draw_text
from .sides import Side

Array = NDArray[np.floating]
Image = NDArray[np.uint8]
_WIDTH, _HEIGHT = 432, 540
_GAP = 4


def write_pictures(
    side: Side, result: Comparison, film: Path | None, folder: Path, reporter: Reporter, language: str = "en"
) -> tuple[list[Path], bool]:
    """Draw all rows of the cut in one pass over the video.

    film: an MP4 at the user's frame rate, or None; its labels are in the language. folder: gets moment_1.jpg and so on,
    one for each finding, or one of the frame that differs most where there is no finding. Returns the pictures and
    whether the video was found.
    """
    colouring = read_colouring()
    footage = Footage(side, result, colouring, _WIDTH, _HEIGHT)
    room = Room(result, side.body, side.track.betas, colouring, _WIDTH, _HEIGHT)
    moments = choose_moments(result)
    paths = [folder / f"moment_{number}.jpg" for number in range(1, len(moments) + 1)]
    folder.mkdir(parents=True, exist_ok=True)
    frames = footage.read(reporter)
    seen = False
    drawn: set[int] = set()

    def draw_rows() -> Iterator[Image]:
        nonlocal seen
        upcoming = next(frames, None)
        for row in range(len(result.user)):
            picture = None
            while upcoming is not None and upcoming[0] < row:
                upcoming = next(frames, None)
            if upcoming is not None and upcoming[0] == row:
                picture, seen = footage.draw(row, upcoming[1]), True
            for number, moment in enumerate(moments):
                if moment == row:
                    joints = _arrows(result, number)
                    panes = [room.draw_ghost(row, fine=True), room.draw_heatmap(row, fine=True, arrows=joints)]
                    write_picture(paths[number], _beside([picture, *panes]))
                    drawn.add(number)
            if film is not None:
                panes = [room.draw_ghost(row), room.draw_heatmap(row)]
                yield _labelled(result, row, picture, panes, side.video is not None, language)
            reporter.progress(row + 1, len(result.user))

    if film is None:
        for _ in draw_rows():
            pass
    else:
        with written_whole(film) as temporary:
            encode_video(temporary, draw_rows(), result.user.fps)
    return [paths[number] for number in sorted(drawn)], seen


def choose_moments(result: Comparison) -> list[int]:
    """Rows: those of the findings, or the one that differs most."""
    if result.findings:
        return [finding.row for finding in result.findings]
    frames = np.nan_to_num(result.score.frames, nan=100.0)
    return [int(frames.argmin())]


def _arrows(result: Comparison, number: int) -> tuple[int, ...]:
    """The finding's joint, and the others that are far off at that moment."""
    moment = choose_moments(result)[number]
    deviations = result.deviations
    far = np.where(deviations.sure[moment], deviations.distance[moment] / deviations.noise_distance[moment], 0.0)
    worst = [int(joint) for joint in np.argsort(-far)[:2] if far[joint] > 3]
    own = [result.findings[number].joint] if result.findings else []
    return tuple(dict.fromkeys(own + worst))


def _labelled(
    result: Comparison, row: int, picture: Image | None, panes: list[Image], has_video: bool, language: str
) -> Image:
    if picture is None and has_video:
        picture = np.zeros((_HEIGHT, _WIDTH, 3), np.uint8)
    titles = (["you_and_athlete"] if picture is not None else []) + ["you_and_ghost", "differences"]
    shown = [pane.copy() for pane in ([picture] if picture is not None else []) + panes]
    for title, pane in zip(titles, shown, strict=True):
        draw_label(pane, title, language, (10, 22))
    number = int(result.time.user[row])
    draw_text(shown[0], f"{number / result.user.fps:.2f} s", (10, _HEIGHT - 12))
    return _beside(shown)


def _beside(panes: Sequence[Image | None]) -> Image:
    there = [pane for pane in panes if pane is not None]
    gap = np.zeros((_HEIGHT, _GAP, 3), np.uint8)
    return np.hstack([part for pane in there for part in (gap, pane)][1:])
