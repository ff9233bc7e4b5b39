# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostcap.hmr_backend.decode import Stamped, focal_from_film, open_video, read_frames, resample, round_rate
from ghostcap.motion.errors import GhostcapError

BITS = 7
CELL = 16
MILLISECONDS = Fraction(1, 1000)


def draw_number(number: int, width: int, height: int) -> np.ndarray:
    """A grey picture whose upper left shows a number as black and white squares, after one white square."""
    image = np.full((height, width, 3), 128, dtype=np.uint8)
    for bit, value in enumerate([1] + [number >> bit & 1 for bit in range(BITS)]):
        image[:CELL, bit * CELL : (bit + 1) * CELL] = 255 * value
    return image


def read_number(image: np.ndarray) -> int:
    cells = [image[: CELL - 4, bit * CELL + 3 : (bit + 1) * CELL - 3].mean() > 128 for bit in range(BITS + 1)]
    assert cells[0], "the picture's upper left is not where it should be"
    return sum(int(value) << bit for bit, value in enumerate(cells[1:]))


def write_clip(
    path: Path,
    times_ms: list[int],
    size: tuple[int, int] = (160, 90),
    turn: int = 0,
    audio: bool = False,
    base: Fraction = MILLISECONDS,
    **metadata: str,
) -> Path:
    """A video whose frame n shows the number n at times_ms[n], or in other units of time, `base`."""
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as container:
        container.metadata.update({name.replace("__", "."): value for name, value in metadata.items()})
        stream = container.add_stream("mpeg4", rate=1 / base)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.time_base = stream.time_base = base
        stream.codec_context.gop_size = 5
        stream.bit_rate = 2_000_000
        if turn:
            stream.set_display_rotation(turn)
        sound = container.add_stream("aac", rate=48000) if audio else None
        if sound is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
            silence.sample_rate = 48000
            for packet in sound.encode(silence):
                container.mux(packet)
        for number, time in enumerate(times_ms):
            frame = av.VideoFrame.from_ndarray(draw_number(number, *size), format="rgb24")
            frame.pts, frame.time_base = time, base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound is not None:
            container.mux(sound.encode())
    return path


def even_times(count: int, fps: float) -> list[int]:
    return [round(1000 * k / fps) for k in range(count)]


def numbers(path: Path, **options) -> list[int]:
    return [read_number(frame.image) for frame in read_frames(open_video(path, **options))]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".avi"])
@pytest.mark.parametrize("size", [(160, 90), (161, 91)])
def test_an_even_clip_gives_each_frame_once(tmp_path: Path, suffix: str, size: tuple[int, int]):
    """Otherwise every animation has stutters that aren't in the video."""
    path = write_clip(tmp_path / f"clip{suffix}", even_times(40, 25), size)
    video = open_video(path, fps=25)
    assert (video.width, video.height) == size
    frames = list(read_frames(video))
    assert [frame.index for frame in frames] == list(range(40))
    assert [read_number(frame.image) for frame in frames] == list(range(40))


def test_the_rate_is_the_files_own(tmp_path: Path):
    """Blender's scene gets this rate; a wrong one makes the animation too fast or slow."""
    video = open_video(write_clip(tmp_path / "clip.mp4", even_times(50, 25)))
    assert video.fps == 25
    assert video.frames == pytest.approx(50, abs=1)


@pytest.mark.parametrize(
    ("rate", "rounded"),
    [(29.9698, 30000 / 1001), (30.0002, 30), (14989 / 500, 30000 / 1001), (16, 16), (27.3, 27.3), (0, 30), (90000, 30)],
)
def test_rates_close_to_a_standard_become_it(rate: float, rounded: float):
    """Editors know 29.97, not 29.9698; and a nonsense rate must not make a million frames."""
    assert round_rate(rate) == pytest.approx(rounded, rel=1e-12)


def test_a_variable_rate_keeps_time(tmp_path: Path):
    """Phones drop frames: without this the animation runs ahead of the sound."""
    times = [0, 40, 80, 280, 320, 330, 340, 480, 520]
    shown = numbers(write_clip(tmp_path / "phone.mkv", times), fps=25)
    expected = [int(np.argmin([abs(k * 40 - time) for time in times])) for k in range(len(shown))]
    assert shown == expected
    assert len(shown) == pytest.approx(560 / 40, abs=1)


@given(
    gaps=st.lists(st.integers(1, 400), min_size=1, max_size=40),
    fps=st.sampled_from([12.0, 24000 / 1001, 25.0, 30.0, 60.0]),
    first=st.integers(0, 20),
)
def test_every_moment_gets_the_nearest_picture(gaps: list[int], fps: float, first: int):
    """The rule of resampling, for any timestamps: consecutive numbers, and no picture nearer than the one taken."""
    times = np.cumsum([0, *gaps[:-1]]) / 1000
    taken = list(resample((Stamped(time, gap / 1000, None) for time, gap in zip(times, gaps, strict=True)), fps, first))
    assert [index for index, _ in taken] == list(range(first, first + len(taken)))
    for index, picture in taken:
        assert abs(picture.time - index / fps) <= np.abs(times - index / fps).min() + 1e-6
    if first == 0:
        assert taken[-1][0] / fps >= times[-1] - 0.5 / fps - 1e-6


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_phone_held_otherwise_is_put_upright(tmp_path: Path, turn: int):
    """Players turn the picture; a person who lies on the side is not found."""
    path = write_clip(tmp_path / "turned.mp4", even_times(3, 25), turn=turn)
    video = open_video(path)
    upright = np.rot90(draw_number(2, 160, 90), turn // 90)
    assert (video.height, video.width) == upright.shape[:2]
    last = list(read_frames(video))[-1].image
    assert np.abs(last.astype(int) - upright).mean() < 12


def test_a_truncated_file_gives_the_frames_there_are_and_a_warning(tmp_path: Path):
    """A recording that a crash cut off is still worth something."""
    whole = write_clip(tmp_path / "whole.avi", list(range(60)), base=Fraction(1, 25)).read_bytes()
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole[: len(whole) * 6 // 10])
    warnings: list[str] = []
    shown = [read_number(frame.image) for frame in read_frames(open_video(cut), warnings.append)]
    assert shown == list(range(len(shown)))
    assert 10 < len(shown) < 50
    assert len(warnings) == 1
    assert "cut.avi" in warnings[0]


def test_a_damaged_middle_does_not_end_the_clip(tmp_path: Path):
    """A scratched file gives what can be decoded, with one warning at most."""
    content = bytearray(write_clip(tmp_path / "whole.ts", list(range(60)), base=Fraction(1, 25)).read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = bytes(3000)
    damaged = tmp_path / "damaged.ts"
    damaged.write_bytes(content)
    warnings: list[str] = []
    frames = list(read_frames(open_video(damaged), warnings.append))
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert len(frames) > 40
    assert len(warnings) <= 1


@pytest.mark.parametrize("content", [b"", b"Not a video, a letter.\n" * 50])
def test_what_is_no_video_is_said_so(tmp_path: Path, content: bytes):
    """One line with the file's name, no traceback."""
    path = tmp_path / "letter.mp4"
    path.write_bytes(content)
    with pytest.raises(GhostcapError, match=r"letter\.mp4") as raised:
        open_video(path)
    assert raised.value.code == "bad_video"


def test_a_recording_of_sound_alone_is_no_video(tmp_path: Path):
    """Dropping the wrong file onto Ghostcap must not end in a crash."""
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), dtype=np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(GhostcapError) as raised:
        open_video(path)
    assert raised.value.code == "bad_video"


def test_a_missing_file_is_said_so(tmp_path: Path):
    """A typing error in the path is the commonest mistake."""
    with pytest.raises(GhostcapError) as raised:
        open_video(tmp_path / "nothing.mp4")
    assert raised.value.code == "not_found"


def test_a_video_without_frames_is_said_so(tmp_path: Path):
    """A recording stopped at once has a header and nothing else."""
    path = tmp_path / "empty.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        container.start_encoding()
    with pytest.raises(GhostcapError) as raised:
        open_video(path)
    assert raised.value.code in ("no_frames", "bad_video")


def test_one_frame_is_a_clip(tmp_path: Path):
    """A still in a video container is captured as one pose."""
    assert numbers(write_clip(tmp_path / "still.mp4", [0])) == [0]


def test_sound_does_not_matter(tmp_path: Path):
    """Nearly every real clip has a sound track, muxed in between."""
    assert numbers(write_clip(tmp_path / "loud.mp4", even_times(30, 25), audio=True), fps=25) == list(range(30))


def test_paths_may_hold_anything(tmp_path: Path):
    """Animators' folders have spaces, quotes and Chinese in their names."""
    folder = tmp_path / 'it\'s "mine" 舞蹈 100%'
    folder.mkdir()
    assert numbers(write_clip(folder / "a b's 跳舞 %03d.mkv", even_times(5, 25)), fps=25) == list(range(5))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_a_part_keeps_the_files_frame_numbers(tmp_path: Path, suffix: str):
    """Keys land where the editor sees the moment; and reading from a checkpoint on gives the same frames."""
    path = write_clip(tmp_path / f"long{suffix}", even_times(100, 25))
    video = open_video(path, fps=25, start=1.6, end=3.2)
    frames = list(read_frames(video))
    assert (video.first, video.frames) == (40, 40)
    assert [frame.index for frame in frames] == [read_number(frame.image) for frame in frames] == list(range(40, 80))
    later = list(read_frames(video, begin=71))
    assert [read_number(frame.image) for frame in later] == list(range(71, 80))


def test_a_part_behind_the_end_is_an_error(tmp_path: Path):
    """The user mistook frames for seconds, say; the message tells how long the clip is."""
    path = write_clip(tmp_path / "clip.mp4", even_times(50, 25))
    with pytest.raises(GhostcapError, match=r"It lasts 1.96 s") as raised:
        open_video(path, start=40)
    assert raised.value.code == "no_frames"


def test_another_rate_can_be_asked_for(tmp_path: Path):
    """A 50 Hz recording for a 25 Hz scene."""
    path = write_clip(tmp_path / "fast.mkv", even_times(60, 50))
    assert numbers(path, fps=25) == list(range(0, 60, 2))


def test_the_focal_length_of_a_phone_is_read(tmp_path: Path):
    """It makes the path in the room right without the user's knowing about lenses."""
    path = write_clip(
        tmp_path / "phone.mov", even_times(3, 25), com__apple__quicktime__camera__focal_length__35mm_equivalent="26"
    )
    focal = open_video(path).focal_px
    assert focal == pytest.approx(26 / 43.27 * np.hypot(160, 90), rel=1e-6)
    assert focal_from_film(43.27, 300, 400) == pytest.approx(500)


def test_stopping_early_ends_the_decoder(tmp_path: Path):
    """A cancelled job must not go on decoding in the background, or keep the file open (Windows)."""
    path = write_clip(tmp_path / "long.mp4", even_times(100, 25))
    frames = read_frames(open_video(path))
    next(frames)
    assert any(thread.name == "decode" for thread in threading.enumerate())
    frames.close()  # type: ignore[attr-defined]
    assert not any(thread.name == "decode" for thread in threading.enumerate())
    path.unlink()
