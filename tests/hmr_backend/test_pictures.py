# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from ghostcap.hmr_backend.decode import open_video, read_frames
from ghostcap.motion.errors import GhostcapError


def write_picture(path: Path, level: int, width: int = 40, height: int = 30) -> Path:
    image = np.full((height, width, 3), level, dtype=np.uint8)
    image[..., 0] = 0
    path.write_bytes(cv2.imencode(path.suffix, image[..., ::-1])[1].tobytes())
    return path


def test_a_folder_is_read_in_the_order_a_person_gives(tmp_path: Path):
    """img_10 comes after img_9, or the animation jumps about; other files in the folder are no frames."""
    for number in (1, 2, 9, 10, 11, 100):
        write_picture(tmp_path / f"img_{number}.png", number)
    (tmp_path / "notes.txt").write_text("shot on Tuesday")
    video = open_video(tmp_path)
    frames = list(read_frames(video))
    assert (video.fps, video.frames, video.width, video.height) == (30, 6, 40, 30)
    assert [frame.index for frame in frames] == list(range(6))
    assert [int(frame.image[0, 0, 1]) for frame in frames] == [1, 2, 9, 10, 11, 100]
    assert frames[0].image[0, 0, 0] == 0


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tiff", ".webp", ".JPEG"])
def test_one_picture_is_a_clip_of_one_frame(tmp_path: Path, suffix: str):
    """A single photo gives a pose."""
    path = write_picture(tmp_path / f"姿 势{suffix}", 90)
    frames = list(read_frames(open_video(path, fps=24)))
    assert [frame.image.shape for frame in frames] == [(30, 40, 3)]
    assert abs(int(frames[0].image[5, 5, 1]) - 90) < 6


def test_a_part_of_a_folder_can_be_read(tmp_path: Path):
    """The same options as for videos."""
    for number in range(20):
        write_picture(tmp_path / f"{number}.png", number)
    frames = list(read_frames(open_video(tmp_path, fps=10, start=0.5, end=0.9)))
    assert [(frame.index, int(frame.image[0, 0, 1])) for frame in frames] == [(5, 5), (6, 6), (7, 7), (8, 8)]


def add_exif(path: Path, focal_mm: int, orientation: int) -> None:
    """Put a camera's EXIF into a JPEG: the 35 mm equivalent of its focal length, and how it was held."""
    entries = struct.pack("<HHHIHH", 2, 0x0112, 3, 1, orientation, 0) + struct.pack("<HHIII", 0x8769, 4, 1, 38, 0)
    camera = struct.pack("<HHHIHHI", 1, 0xA405, 3, 1, focal_mm, 0, 0)
    exif = b"Exif\0\0II*\0" + struct.pack("<I", 8) + entries + camera
    content = path.read_bytes()
    path.write_bytes(content[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + content[2:])


def test_a_cameras_focal_length_and_orientation_are_read(tmp_path: Path):
    """A photo from a phone held upright lies on its side in the file, and says which lens it was."""
    path = write_picture(tmp_path / "phone.jpg", 90)
    assert open_video(path).focal_px is None
    add_exif(path, 26, 6)
    video = open_video(path)
    assert (video.width, video.height) == (30, 40)
    assert video.focal_px == pytest.approx(26 / 43.27 * 50)


def test_an_empty_folder_is_an_error(tmp_path: Path):
    """The user gave the folder above, say."""
    with pytest.raises(GhostcapError) as raised:
        open_video(tmp_path)
    assert raised.value.code == "no_frames"


def test_a_broken_picture_is_named(tmp_path: Path):
    """One bad file among a thousand has to be found."""
    write_picture(tmp_path / "1.png", 3)
    (tmp_path / "2.png").write_bytes(b"no picture")
    with pytest.raises(GhostcapError, match=r"2\.png") as raised:
        list(read_frames(open_video(tmp_path)))
    assert raised.value.code == "bad_video"


def test_pictures_of_several_sizes_are_refused(tmp_path: Path):
    """Two shoots in one folder would give one broken capture."""
    write_picture(tmp_path / "1.png", 3)
    write_picture(tmp_path / "2.png", 3, width=50)
    with pytest.raises(GhostcapError, match=r"2\.png"):
        list(read_frames(open_video(tmp_path)))
