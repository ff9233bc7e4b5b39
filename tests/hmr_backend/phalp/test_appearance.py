# SPDX-License-Identifier: GPL-3.0-or-later
"""What people wear, in the matching cost: off by itself, and of use where place and pose are not enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghostcap.hmr_backend.phalp.appearance import look_of_boxes
from ghostcap.hmr_backend.phalp.tracker import Candidate, Tracker

RED, BLUE, GREY = (200, 40, 40), (40, 60, 200), (120, 120, 120)
BOXES = np.array([[20.0, 10, 60, 110], [120.0, 20, 150, 100]])


def picture(first: tuple[int, ...], second: tuple[int, ...], seed: int = 0, light: float = 1.0) -> np.ndarray:
    """Two people in two colours before a noisy wall."""
    random = np.random.default_rng(seed)
    image = random.integers(60, 200, (120, 200, 3)).astype(float)
    for (x0, y0, x1, y1), colour in zip(BOXES.astype(int), (first, second), strict=True):
        image[y0:y1, x0 + 5 : x1 - 5] = np.array(colour) * light + random.normal(0, 6, (y1 - y0, x1 - x0 - 10, 3))
    return np.clip(image, 0, 255).astype(np.uint8)


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """The cost's term."""
    return float(100 * ((a - b) ** 2).sum())


def test_the_same_clothes_are_alike_and_others_are_not() -> None:
    """In another frame, in a little less light, in a smaller box."""
    before = look_of_boxes(picture(RED, BLUE), BOXES)
    after = look_of_boxes(picture(RED, BLUE, seed=1, light=0.9), BOXES + [[2, -3, -1, 4]])
    for k in range(2):
        assert distance(before[k], after[k]) < 0.35
        assert distance(before[k], after[1 - k]) > 0.9


@settings(max_examples=60, deadline=None)
@given(boxes=st.lists(st.lists(st.floats(-300, 500), min_size=4, max_size=4), max_size=3))
def test_the_term_is_between_0_and_1_whatever_the_boxes(boxes: list[list[float]]) -> None:
    """Off the picture, empty, turned inside out: no NaN gets into the cost."""
    looks = look_of_boxes(picture(RED, GREY), np.array(boxes).reshape(-1, 4))
    assert looks.shape == (len(boxes), 686)
    for a in looks:
        for b in looks:
            assert 0 <= distance(a, b) <= 1 + 1e-9


@pytest.mark.parametrize(("appearance", "ids"), [(True, [1, 2]), (False, [2, 1])])
def test_clothes_decide_where_place_can_not(appearance: bool, ids: list[int]) -> None:
    """Red and blue stand close, change places out of sight, and come back: by place alone they swap numbers."""
    tracker: Tracker[str] = Tracker()
    for frame in range(24):
        places = {"red": 0.48, "blue": 0.52} if frame < 12 else {"red": 0.52, "blue": 0.48}
        looks = look_of_boxes(picture(RED, BLUE, seed=frame, light=0.9 + 0.01 * (frame % 5)), BOXES)
        people = [
            Candidate(np.array([x, 0.5]), 40.0, np.zeros(226), who, look if appearance else None)
            for (who, x), look in zip(places.items(), looks, strict=True)
        ]
        tracker.step(frame, [] if 9 <= frame < 12 else people)
    last = tracker.finish()[-1]
    assert [next(slot.id for slot in last.slots if slot.item == who) for who in ("red", "blue")] == ids
