# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracking as PHALP does it: its numbers, its scene, and what it got wrong."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from ghostcap.hmr_backend.phalp.cost import match, matching_cost
from ghostcap.hmr_backend.phalp.location import Places, predict_places
from ghostcap.hmr_backend.phalp.tracker import Candidate, FrameTracks, Tracker

DATA = Path(__file__).parents[2] / "data" / "phalp"


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    return dict(np.load(DATA / "cost.npz"))


def test_places_are_predicted_as_by_the_original(golden: dict[str, np.ndarray]) -> None:
    """Where a person is looked for decides who is who; times repeat for people seen briefly."""
    history, wanted = golden["loc_history"], golden["loc_pred"]
    places = predict_places(
        history[:, :, 88:90], history[:, :, 92], golden["loc_times"], golden["loc_time_since_update"]
    )
    np.testing.assert_allclose(places.xy, wanted[:, 88:90], atol=1e-6)
    np.testing.assert_allclose(places.depth, wanted[:, 92], rtol=1e-6)
    np.testing.assert_allclose(places.xy_interval, wanted[:, 93:95], rtol=1e-5)
    np.testing.assert_allclose(places.depth_interval, wanted[:, 95], rtol=1e-5)


def test_costs_and_matches_are_the_originals(golden: dict[str, np.ndarray]) -> None:
    """The published cost, with appearance."""
    track, seen = golden["track_loca"], golden["det_loca"]
    cost = matching_cost(
        Places(track[:, 88:90], track[:, 92], track[:, 93:95], track[:, 95]),
        golden["track_pose"][:, :226],
        seen[:, 88:90],
        seen[:, 92],
        golden["det_pose"][:, :226],
        golden["texture_sqdist_times100"],
    )
    np.testing.assert_allclose(cost, golden["cost"], rtol=1e-12)
    assert match(cost) == [tuple(pair) for pair in golden["matches"]]


def _run(confirmed_after: int = 5) -> list[FrameTracks[int]]:
    scene = np.load(DATA / "scene.npz")
    tracker: Tracker[int] = Tracker(confirmed_after)
    out = []
    for frame in range(90):
        rows = np.flatnonzero(scene["frame"] == frame)
        out += tracker.step(
            frame,
            [
                Candidate(scene["place"][k, :2], scene["place"][k, 4], scene["pose"][k], int(scene["det_id"][k]))
                for k in rows
            ],
        )
    return out + tracker.finish()


def test_the_recorded_scene_comes_out_identically() -> None:
    """Four people, gaps, a stub, a false detection: the same ids, ghosts and assignments as PHALP's own."""
    wanted = json.loads((DATA / "scene.json").read_text(encoding="utf-8"))
    frames = _run()
    assert [frame.index for frame in frames] == list(range(90))
    for frame, expected in zip(frames, wanted, strict=True):
        assert [slot.id for slot in frame.slots] == expected["tid"]
        assert [slot.since for slot in frame.slots] == expected["tracked_time"]
        assert [slot.item for slot in frame.slots] == expected["det_id"]


def _person(x: float, item: int = 0, depth: float = 50.0) -> Candidate[int]:
    return Candidate(np.array([x, 0.5]), depth, np.zeros(226), item)


def test_nan_is_no_match() -> None:
    """The original takes NaN for the best match of all: one bad crop, and two people swap."""
    tracker: Tracker[int] = Tracker(1)
    for frame in range(5):
        tracker.step(frame, [_person(0.3, 1), _person(0.7, 2)])
    bad = Candidate(np.array([0.3, 0.5]), float("nan"), np.full(226, np.nan), 3)
    frames = tracker.step(5, [bad, _person(0.7, 2)])
    by_item = {slot.item: slot.id for slot in frames[0].slots if slot.since == 0}
    assert by_item[2] == 2
    assert by_item[3] not in (1, 2)


def test_frames_leave_as_soon_as_they_are_final() -> None:
    """A stream: nothing waits for the end of the clip, and nothing changes once it is out."""
    tracker: Tracker[int] = Tracker()
    out = [frame for number in range(20) for frame in tracker.step(number, [_person(0.5)])]
    assert [frame.index for frame in out] == list(range(16))
    assert all(frame.slots for frame in out)


def test_memory_does_not_grow() -> None:
    """Ten thousand frames with people coming and going."""
    tracker: Tracker[int] = Tracker()

    def walk(first: int, last: int) -> None:
        for number in range(first, last):
            people = [_person(0.5)] if number % 100 < 30 else []
            tracker.step(number, [*people, _person((number % 50) / 50, depth=20.0)])

    walk(0, 500)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    walk(500, 3000)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 200_000


def test_empty_frames_and_nobody_at_all() -> None:
    """An empty room gives frames without people, not an error."""
    tracker: Tracker[int] = Tracker()
    out = [frame for number in range(10) for frame in tracker.step(number, [])] + tracker.finish()
    assert [frame.slots for frame in out] == [[]] * 10


def test_ghosts_last_fifty_frames() -> None:
    """And are then forgotten: the next person there is another one."""
    tracker: Tracker[int] = Tracker()
    out = [frame for number in range(10) for frame in tracker.step(number, [_person(0.5)])]
    out += [frame for number in range(10, 80) for frame in tracker.step(number, [])]
    out += [frame for number in range(80, 90) for frame in tracker.step(number, [_person(0.5)])] + tracker.finish()
    ghosts = [slot.since for frame in out for slot in frame.slots if slot.since]
    assert ghosts == list(range(1, 51))
    assert {slot.id for frame in out[80:] for slot in frame.slots} == {2}


def test_a_person_seen_only_once_is_followed_when_told_so() -> None:
    """A clip shorter than five frames, a single picture: everybody counts at once."""
    tracker: Tracker[int] = Tracker(confirmed_after=1)
    assert [slot.id for slot in tracker.step(0, [_person(0.5)])[0].slots] == [1]


def test_after_a_cut_places_begin_anew() -> None:
    """Somebody who is found elsewhere after a cut is not predicted to go on in that direction."""
    tracker: Tracker[int] = Tracker(1)
    for number in range(10):
        tracker.step(number, [_person(0.40 + 0.005 * number)])
    tracker.step(10, [_person(0.60)], shot=True)
    out = tracker.step(11, [_person(0.60)])
    assert [(slot.id, slot.since) for slot in out[0].slots] == [(1, 0)]
