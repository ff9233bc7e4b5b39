# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip through HMR2, with a tiny network of random weights: the way is the same, the poses mean nothing."""

from __future__ import annotations

import itertools
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import save_file

from ghostcap.hmr_backend.cli import main
from ghostcap.hmr_backend.commands.options import add_capture_options, arguments_from, settings_from
from ghostcap.hmr_backend.hmr2 import checkpoint, estimator
from ghostcap.hmr_backend.hmr2.backbone import BackboneSize
from ghostcap.hmr_backend.hmr2.batches import CHUNK_BYTES, chunk_size, device_ahead
from ghostcap.hmr_backend.hmr2.chunks import Chunk
from ghostcap.hmr_backend.hmr2.detectors import Boxes, EachFrame, whole_body
from ghostcap.hmr_backend.hmr2.devices import choose_device, choose_dtype
from ghostcap.hmr_backend.hmr2.following import Followed, follow_people
from ghostcap.hmr_backend.hmr2.head import HeadSize
from ghostcap.hmr_backend.hmr2.inference import PoseNetwork
from ghostcap.hmr_backend.hmr2.network import NetworkSize, empty_network, random_network
from ghostcap.hmr_backend.hmr2.prefetch import read_ahead
from ghostcap.hmr_backend.hmr2.rows import WIDTH as WIDTH_OF_ROW
from ghostcap.hmr_backend.hmr2.rows import RowStore
from ghostcap.hmr_backend.mannequin import mannequin_body
from ghostcap.hmr_backend.observations import Frame, Video
from ghostcap.hmr_backend.progress import Cancelled, Silent
from ghostcap.hmr_backend.weights import HMR2, SMPL, weights_path
from ghostcap.motion.body import write_body
from ghostcap.motion.capture import read_capture, read_capture_body, read_tracks
from ghostcap.motion.errors import GhostcapError

TINY = NetworkSize(BackboneSize(width_of_token=32, depth=1, heads=2), HeadSize(16, 1, 2, 8, 16, 32))
WIDTH, HEIGHT = 320, 240


class Given(EachFrame):
    """A detector that knows: one person who walks, and another from frame 10 on."""

    name = "given"

    def look(self, chunk: Chunk) -> list[Boxes]:
        """The people in each frame."""
        return [self._look(frame.index) for frame in chunk.frames]

    def _look(self, index: int) -> Boxes:
        boxes: list[list[float]] = [[20 + index % 200, 40, 70 + index % 200, 200]]
        if index >= 10:
            boxes.append([220, 60, 280, 230])
        if index == 15:
            boxes.append([np.nan, 0, 1, 1])
        return Boxes(np.array(boxes, dtype=float), np.full(len(boxes), 0.9))


def pictures(count: int) -> Iterator[Frame]:
    picture = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    for index in range(count):
        yield Frame(index, picture)


def read(count: int) -> Callable[[int], Iterator[Frame]]:
    """The pictures from a number on."""
    return lambda first: itertools.islice(pictures(count), first, None)


def video(frames: int) -> Video:
    return Video(Path("clip.mp4"), WIDTH, HEIGHT, 25.0, frames)


@pytest.fixture
def network() -> PoseNetwork:
    return PoseNetwork(random_network(TINY), batch=6)


def test_everybody_is_followed_through_all_frames(network: PoseNetwork) -> None:
    """Frames come in chunks and crops in batches; nobody and no frame is lost between them."""
    followed = follow_people(read(33), video(33), Given(), network, Silent())
    assert followed.frames == 33
    assert followed.people[1].frame.tolist() == list(range(33))
    assert followed.people[2].frame.tolist() == list(range(10, 33))
    assert network.work.crops == 33 + 23
    assert followed.seconds["network"] > 0
    people, best = estimator.choose_people(followed, video(33), 320.0, mannequin_body())
    assert [person.id for person in people] == [1, 2]
    assert best == 1
    assert np.isfinite(people[0].root).all()


def test_results_do_not_depend_on_the_batch(network: PoseNetwork) -> None:
    """A larger card must not give another motion."""
    one = follow_people(read(12), video(12), Given(), network, Silent())
    other = follow_people(read(12), video(12), Given(), PoseNetwork(network.network, batch=1), Silent())
    for number, sightings in one.people.items():
        np.testing.assert_allclose(np.array(sightings.rows), np.array(other.people[number].rows), atol=2e-3)


@pytest.mark.parametrize("frames", [1, 3])
def test_the_shortest_clips_have_people_too(network: PoseNetwork, frames: int) -> None:
    """PHALP wants five frames; a single picture has one."""
    followed = follow_people(read(frames), video(frames), Given(), network, Silent())
    assert followed.people[1].frame.tolist() == list(range(frames))


def test_memory_stays_flat(network: PoseNetwork, tmp_path: Path) -> None:
    """Pictures and crops go as soon as they are looked at, and rows go to disk: a long clip needs no more."""

    def held(folder: Path, frames: int) -> list[int]:
        memory: list[int] = []

        class Watches(Silent):
            def progress(self, done: int, total: int) -> None:  # noqa: ARG002 - as all reporters
                if done % 50 == 0:
                    memory.append(tracemalloc.get_traced_memory()[0])

        tracemalloc.start()
        store = RowStore(folder)
        follow_people(read(frames), video(frames), Given(), network, Watches(), store=store, save_seconds=0.1)
        tracemalloc.stop()
        return memory

    held(tmp_path / "warm", 60)
    memory = held(tmp_path / "long", 600)
    # What is kept of two people in 400 frames would be 760 kB, one picture 230 kB.
    assert np.mean(memory[-2:]) - np.mean(memory[:2]) < 250_000


def test_rows_are_kept_small() -> None:
    """Without a folder they stay in memory: a kilobyte for a person in a frame, not the ten of a dict of arrays."""
    row = np.arange(WIDTH_OF_ROW, dtype=np.float32)
    store = RowStore()
    tracemalloc.start()
    for frame in range(5000):
        for person in (1, 2):
            store.add(person, frame, row)
    held = tracemalloc.get_traced_memory()[0]
    people = store.collect()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert held < 10_000 * 1150
    assert peak < 2.2 * held
    assert people[2].frame.tolist() == list(range(5000))
    np.testing.assert_array_equal(people[1].rows[4999], row)


def rows_of(followed: Followed) -> dict[int, tuple[list[int], np.ndarray]]:
    return {number: (seen.frame.tolist(), seen.rows) for number, seen in followed.people.items()}


class StopsAt(Silent):
    """Cancels at a frame."""

    def __init__(self, frame: int) -> None:
        self.frame = frame

    def progress(self, done: int, total: int) -> None:  # noqa: ARG002 - as all reporters
        """Stop there."""
        if done == self.frame:
            raise Cancelled


@pytest.mark.parametrize("appearance", [False, True])
def test_a_job_that_was_stopped_goes_on_with_the_same_result(
    network: PoseNetwork, tmp_path: Path, appearance: bool
) -> None:
    """Cancelled three times, at any place: nothing is looked at twice, and nobody gets another number."""
    clip = video(60)
    whole = follow_people(read(60), clip, Given(), network, Silent(), appearance=appearance)
    network.work.crops = 0
    for frame in (3, 14, 41):
        store = RowStore(tmp_path, "this clip")
        with pytest.raises(Cancelled):
            follow_people(read(60), clip, Given(), network, StopsAt(frame), store=store, appearance=appearance)
    again = follow_people(
        read(60), clip, Given(), network, Silent(), store=RowStore(tmp_path, "this clip"), appearance=appearance
    )
    assert again.frames == 60
    # What was ahead of the network when it was stopped is looked at again, no more: the batch under way.
    assert network.work.crops <= 60 + 50 + 3 * 2 * (network.batch + 1)
    assert rows_of(again).keys() == rows_of(whole).keys()
    for number, (frames, rows) in rows_of(whole).items():
        assert rows_of(again)[number][0] == frames
        np.testing.assert_allclose(rows_of(again)[number][1], rows, atol=2e-3)


def test_a_job_stopped_after_its_last_frame_is_done(network: PoseNetwork, tmp_path: Path) -> None:
    """There is nothing left to read, and that is no damaged video."""
    with pytest.raises(Cancelled):
        follow_people(read(20), video(20), Given(), network, StopsAt(20), store=RowStore(tmp_path))
    again = follow_people(read(20), video(20), Given(), network, Silent(), store=RowStore(tmp_path))
    assert again.frames == 20
    assert again.people[1].frame.tolist() == list(range(20))


def test_another_clips_state_is_not_taken(network: PoseNetwork, tmp_path: Path) -> None:
    """Other weights, another detector: what was kept is of no use."""
    with pytest.raises(Cancelled):
        follow_people(read(30), video(30), Given(), network, StopsAt(20), store=RowStore(tmp_path, "a"))
    network.work.crops = 0
    follow_people(read(30), video(30), Given(), network, Silent(), store=RowStore(tmp_path, "b"))
    assert network.work.crops == 30 + 20


@pytest.mark.parametrize("damage", ["state", "part"])
def test_a_damaged_state_is_begun_anew(network: PoseNetwork, tmp_path: Path, damage: str) -> None:
    """A disk that ran full must not end in a job that fails for ever."""
    with pytest.raises(Cancelled):
        follow_people(read(30), video(30), Given(), network, StopsAt(20), store=RowStore(tmp_path))
    path = tmp_path / ("state.npz" if damage == "state" else "rows-00000.npz")
    path.write_bytes(path.read_bytes()[:100])
    again = follow_people(read(30), video(30), Given(), network, Silent(), store=RowStore(tmp_path))
    assert again.people[1].frame.tolist() == list(range(30))


class Stops(Silent):
    """Cancels after some frames."""

    def progress(self, done: int, total: int) -> None:  # noqa: ARG002 - as all reporters
        """Stop early."""
        if done > 10:
            raise Cancelled


def test_cancelling_ends_the_threads(network: PoseNetwork) -> None:
    """Ctrl-C must not leave a decoder running."""
    before = threading.active_count()
    with pytest.raises(Cancelled):
        follow_people(read(10_000), video(10_000), Given(), network, Stops())
    assert threading.active_count() == before


def test_errors_of_the_decoder_arrive() -> None:
    """What a thread raises must not end in a job that waits for ever."""

    def broken() -> Iterator[int]:
        yield 1
        raise GhostcapError("the file ends early")

    ahead = read_ahead(broken(), 2)
    assert next(ahead) == 1
    with pytest.raises(GhostcapError, match="ends early"):
        next(ahead)


def test_too_little_memory_makes_smaller_batches(network: PoseNetwork) -> None:
    """A card of 8 GB does the same work in smaller pieces, by itself."""
    forward, sizes = network._forward, []

    def small_card(crops: torch.Tensor) -> object:
        if len(crops) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        sizes.append(len(crops))
        return forward(crops)

    crops = torch.randn(7, 3, 256, 256)
    whole = network.predict(crops)
    network._forward = small_card
    answers = network.predict(crops)
    assert max(sizes) <= 2
    assert network.batch <= 2
    np.testing.assert_allclose(answers.rotations, whole.rotations, atol=1e-4)


def test_no_memory_at_all_is_told(network: PoseNetwork) -> None:
    """And what to do."""

    def tiny_card(_crops: torch.Tensor) -> object:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    network._forward, network.device = tiny_card, torch.device("mps")
    with pytest.raises(GhostcapError, match="--device cpu") as caught:
        network.predict_later(torch.randn(4, 3, 256, 256))
    assert caught.value.code == "no_gpu_memory"


def test_no_memory_for_pictures_is_told_too(network: PoseNetwork) -> None:
    """Detection and crops have their share of the card."""

    class Greedy(Given):
        def look(self, chunk: Chunk) -> list[Boxes]:
            raise torch.OutOfMemoryError(f"CUDA out of memory with {len(chunk)} frames.")

    with pytest.raises(GhostcapError, match="memory") as caught:
        follow_people(read(10), video(10), Greedy(), network, Silent())
    assert caught.value.code == "no_memory"


class CompilerError(RuntimeError):
    """As torch's own, which come from its compiler's modules."""


CompilerError.__module__ = "torch._dynamo.exc"


def test_without_a_compiler_the_network_runs_as_it_is(network: PoseNetwork) -> None:
    """Windows has no Triton, most machines no C++ compiler: a warning, and the same answers."""
    crops = torch.randn(3, 3, 256, 256)
    wanted = network.predict(crops)
    said: list[str] = []

    def compiled(_crops: torch.Tensor) -> object:
        raise CompilerError("no compiler found\nand much more")

    other = PoseNetwork(network.network, warn=said.append)
    other._forward = compiled
    np.testing.assert_array_equal(other.predict(crops).rotations, wanted.rotations)
    assert len(said) == 1
    assert "no compiler found" in said[0]


def test_options_reach_the_settings_and_come_back() -> None:
    """What the user types is what is done, and what other commands pass on."""
    import argparse

    parser = argparse.ArgumentParser()
    add_capture_options(parser)
    typed = ["--estimator", "hmr2", "--appearance", "--compile", "--detector", "maskrcnn", "--device", "cpu"]
    settings = settings_from(parser.parse_args(typed))
    assert (settings.appearance, settings.compile, settings.detector) == (True, True, "maskrcnn")
    assert settings_from(parser.parse_args(arguments_from(settings))) == settings
    plain = settings_from(parser.parse_args([]))
    assert (plain.appearance, plain.compile) == (False, False)
    assert "--appearance" in parser.format_help()


def test_other_errors_of_the_network_are_not_taken_for_memory(network: PoseNetwork) -> None:
    """They would be tried again and again."""

    def broken(_crops: torch.Tensor) -> object:
        raise RuntimeError("shape mismatch")

    network._forward = broken
    with pytest.raises(RuntimeError, match="shape"):
        network.predict(torch.randn(4, 3, 256, 256))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_cuda_the_user_is_told() -> None:
    """And which devices there are; by itself the CPU is taken."""
    with pytest.raises(GhostcapError, match="cpu") as caught:
        choose_device("cuda")
    assert caught.value.code == "no_device"
    assert choose_device("auto").type in ("cpu", "mps")
    assert choose_dtype(torch.device("cpu"), "fp32") == torch.float32


def test_metal_is_used_by_one_thread_only() -> None:
    """From two at a time it brings the program down; the threads ahead of the network keep off it."""
    assert device_ahead(torch.device("mps")).type == "cpu"
    assert device_ahead(torch.device("cuda")).type == "cuda"


@pytest.mark.parametrize(("width", "group"), [(160, 1), (1920, 8), (8000, 8)])
def test_chunks_fit_into_memory_and_groups(width: int, group: int) -> None:
    """Pictures of any size: some frames, never hundreds of megabytes, never a part of a group."""
    for times in (1, 2):
        size = chunk_size(replace(video(100), width=width, height=width * 9 // 16), 64, group, times)
        assert size % group == 0
        assert group <= size <= 32 * times
        assert size == group or size * width * width * 27 // 16 <= CHUNK_BYTES * times


def test_a_person_of_known_height(network: PoseNetwork) -> None:
    """As much nearer as smaller, so that the picture stays the same."""
    body = mannequin_body()
    followed = follow_people(read(8), video(8), Given(), network, Silent())
    person = estimator.choose_people(followed, video(8), 320.0, body)[0][0]
    person = replace(person, betas=np.zeros(10))
    small = estimator.with_height(person, body, 1.2)
    assert np.ptp(body.rest_vertices(small.betas)[:, 1]) == pytest.approx(1.2, abs=1e-3)
    np.testing.assert_allclose(small.root[:, :2] / small.root[:, 2:], person.root[:, :2] / person.root[:, 2:])
    assert (small.root[:, 2] < person.root[:, 2]).all()


def test_boxes_around_landmarks_become_boxes_around_people() -> None:
    """Landmarks end at the eyes; detectors' boxes, which the network was trained with, at the top of the head."""
    np.testing.assert_allclose(whole_body(np.array([[10.0, 10, 30, 110]])), [[6, 1, 34, 114]])


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's weights folder: a tiny network, and a made-up SMPL body."""
    from ghostcap.hmr_backend import weights as kept

    monkeypatch.setattr(kept, "weights_folder", lambda: tmp_path / "weights")
    (tmp_path / "weights").mkdir()
    monkeypatch.setattr(checkpoint, "empty_network", lambda size=None: empty_network(size or TINY))
    save_file({k: v.contiguous() for k, v in random_network(TINY).state_dict().items()}, weights_path(HMR2))
    write_body(weights_path(SMPL), replace(mannequin_body(), kind="smpl"))


def test_a_video_becomes_a_capture(
    walk: Path, tmp_path: Path, models: None, weights: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole command: people are detected, followed, put on the ground, smoothed, written."""
    command = ["capture", str(walk), "--out", str(tmp_path), "--estimator", "hmr2", "--device", "cpu", "--offline"]
    assert main([*command, "--progress", "json"]) == 0, capsys.readouterr().out
    folder = tmp_path / "walk.capture"
    capture = read_capture(folder)
    assert (capture.estimator, capture.estimator_version) == ("hmr2", "2.0b")
    assert read_capture_body(folder).kind == "smpl"
    track = read_tracks(folder, capture)[1]
    assert track.observed.sum() > 20
    for name in ("poses", "trans", "joints", "poses_raw", "trans_raw", "contacts", "camera_trans"):
        assert np.isfinite(getattr(track, name)).all(), name


def test_a_detector_of_the_users_finds_the_people(walk: Path, tmp_path: Path, weights: None) -> None:
    """From the command line: an .onnx file, here one that sees two people in any picture."""
    detector = Path(__file__).parents[2] / "data" / "hmr2" / "yolo_v8.onnx"
    command = ["capture", str(walk), "--out", str(tmp_path), "--estimator", "hmr2", "--device", "cpu", "--appearance"]
    assert main([*command, "--detector", str(detector), "--progress", "json"]) == 0
    folder = tmp_path / "walk.capture"
    capture = read_capture(folder)
    assert len(read_tracks(folder, capture)) == 2
    assert capture.settings["appearance"] is True


def test_without_weights_the_user_is_told_where_to_get_them(
    walk: Path, tmp_path: Path, models: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is done."""
    from ghostcap.hmr_backend import weights as kept

    monkeypatch.setattr(kept, "weights_folder", lambda: tmp_path / "weights")
    command = ["capture", str(walk), "--out", str(tmp_path), "--estimator", "hmr2", "--offline", "--progress", "json"]
    assert main(command) == 1
    said = capsys.readouterr().out
    assert '"weights_missing"' in said
    assert "ghostcap weights add" in said
