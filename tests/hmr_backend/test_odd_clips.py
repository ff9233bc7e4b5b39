# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips that are unlike the usual and must work all the same, through the whole pipeline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from ghostcap.hmr_backend.mannequin import mannequin_body
from ghostcap.hmr_backend.pipeline import CaptureSettings, capture_video
from ghostcap.hmr_backend.preview import write_picture
from ghostcap.hmr_backend.progress import Silent
from ghostcap.motion.capture import Capture, Track, read_capture, read_capture_body, read_tracks

Writer = Callable[..., None]


class Listener(Silent):
    """Keeps the warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, message: str) -> None:
        """Keep it."""
        self.warnings.append(message)


def capture(path: Path, listener: Silent | None = None, **settings: float) -> tuple[Capture, dict[int, Track]]:
    """Capture a clip beside it, and read it back."""
    target = path.with_suffix(".capture")
    capture_video(path, target, CaptureSettings(**settings), listener or Silent(), offline=True)  # type: ignore[arg-type]
    data = read_capture(target)
    tracks = read_tracks(target, data)
    for row in data.tracks:
        assert np.isfinite(tracks[row.id].poses).all()
        assert np.isfinite(tracks[row.id].joints).all()
        assert (target / row.thumbnail).stat().st_size > 500
    assert len(read_capture_body(target).vertices) > 5000
    assert not list(path.parent.glob("*.part"))
    return data, tracks


def test_one_frame(tmp_path: Path, models: None, clip_writer: Writer, pictures: list[np.ndarray]) -> None:
    """A single frame gives a pose."""
    clip_writer(tmp_path / "one.mp4", pictures[:1], [0.0], "yuv444p")
    data, tracks = capture(tmp_path / "one.mp4")
    assert (data.video.frames, data.video.width, data.video.height) == (1, 481, 361)
    assert [len(track.frame) for track in tracks.values()] == [1]


def test_a_picture(tmp_path: Path, models: None, pictures: list[np.ndarray]) -> None:
    """A photograph works as a clip of one frame."""
    write_picture(tmp_path / "photo.png", pictures[0])
    data, tracks = capture(tmp_path / "photo.png")
    assert data.video.frames == len(tracks) == 1


def test_name_with_everything_in_it(
    tmp_path: Path, models: None, clip_writer: Writer, pictures: list[np.ndarray]
) -> None:
    """Spaces, quotes, Chinese, and an odd size."""
    path = tmp_path / "it's a dance 跳舞 & more.mkv"
    clip_writer(path, pictures[:8], [i / 25 for i in range(8)], "yuv444p")
    data, tracks = capture(path)
    assert Path(data.video.path) == path
    assert (data.video.width, data.video.height, len(tracks)) == (481, 361, 1)


def test_person_only_in_a_part(tmp_path: Path, models: None, clip_writer: Writer, pictures: list[np.ndarray]) -> None:
    """Frame numbers are those of the clip; coverage says how much of it the person is in."""
    empty = np.full_like(pictures[0], 45)
    images = [empty] * 12 + pictures[:13] + [empty] * 10
    clip_writer(tmp_path / "part.mp4", images, [i / 25 for i in range(len(images))], "yuv444p")
    data, _ = capture(tmp_path / "part.mp4")
    (row,) = data.tracks
    assert abs(row.first - 12) <= 2
    assert abs(row.last - 24) <= 2
    assert 0.25 < row.coverage < 0.5


def test_variable_frame_rate(tmp_path: Path, models: None, clip_writer: Writer, pictures: list[np.ndarray]) -> None:
    """A phone that drops frames: the walk keeps its time."""
    kept = [i for i in range(25) if i % 5 not in (1, 2)]
    clip_writer(tmp_path / "vfr.mp4", [pictures[i] for i in kept], [i / 25 for i in kept], "yuv444p")
    data, tracks = capture(tmp_path / "vfr.mp4", fps=25)
    assert data.video.fps == 25
    assert abs(data.video.frames - 25) <= 1
    (track,) = tracks.values()
    assert track.mocap_framerate == 25
    assert len(track.frame) >= 23


def test_4k(tmp_path: Path, models: None, clip_writer: Writer, pictures: list[np.ndarray]) -> None:
    """Large frames."""
    large = [cv2.resize(image[:270, :480], (3840, 2160)) for image in pictures[:2]]
    clip_writer(tmp_path / "4k.mp4", large, [0.0, 0.04])
    data, _ = capture(tmp_path / "4k.mp4")
    assert (data.video.width, data.video.height) == (3840, 2160)
    assert 0.6 * 3840 < data.camera.focal_px < 2.7 * 3840


def test_truncated(tmp_path: Path, models: None, walk: Path) -> None:
    """Half a file gives the half there is, and a warning."""
    path = tmp_path / "half.mp4"
    data = walk.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    listener = Listener()
    made, _ = capture(path, listener)
    assert 5 < made.video.frames < 25
    assert any("half.mp4" in warning for warning in listener.warnings)


def test_what_the_user_knows(tmp_path: Path, models: None, walk: Path) -> None:
    """A part of the clip, a focal length and a height end up in the capture."""
    path = tmp_path / "walk.mp4"
    path.write_bytes(walk.read_bytes())
    data, tracks = capture(path, start=0.2, end=0.6, focal_length_px=630.0, height=1.9)
    assert data.video.frames == 10
    assert (data.camera.focal_px, data.settings["height"]) == (630.0, 1.9)
    (track,) = tracks.values()
    assert (track.frame[0], track.frame[-1]) == (5, 14)
    tall = mannequin_body().rest_vertices(track.betas)[:, 1]
    assert tall.max() - tall.min() == pytest.approx(1.9, abs=0.01)
