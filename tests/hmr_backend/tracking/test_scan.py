# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest

from ghostcap.hmr_backend.tracking.scan import VIEWS_A_SECOND, Scanner

FPS = 30.0
NOBODY = np.zeros((0, 4))
SOMEBODY = np.array([[100.0, 200, 300, 700]])


@pytest.fixture
def room() -> np.ndarray:
    """A still picture with texture."""
    noise = np.random.default_rng(0).integers(60, 160, (45, 80, 3), dtype=np.uint8)
    return np.repeat(np.repeat(noise, 20, axis=0), 20, axis=1)


def scan(scanner: Scanner, images, boxes=SOMEBODY, start: int = 0) -> list[np.ndarray]:
    return [scanner.choose(start + index, image, boxes)[0] for index, image in enumerate(images)]


def test_the_first_frame_is_looked_at_everywhere_but_in_the_smallest_tiles(room):
    """People who are there from the start are there from frame 0."""
    scanner = Scanner(room.shape[1], room.shape[0], FPS)
    first = scan(scanner, [room])[0]
    assert {float(side) for side in first[:, 2]} == set(np.unique(scanner.views[:, 2])[1:])


def test_a_still_room_costs_little(room):
    """One person before a wall: the detector would otherwise take most of the time."""
    scanner = Scanner(room.shape[1], room.shape[0], FPS)
    later = scan(scanner, [room] * 300)[1:]
    assert sum(map(len, later)) <= VIEWS_A_SECOND * 10


def test_a_newcomer_is_looked_at_at_once(room):
    """Somebody comes in on the right while another one is followed on the left."""
    scanner = Scanner(room.shape[1], room.shape[0], FPS)
    scan(scanner, [room] * 60)
    changed = room.copy()
    changed[300:800, 1300:1500] = 255 - changed[300:800, 1300:1500]
    views = scan(scanner, [changed], start=60)[0]
    assert any(np.all(np.abs(view[:2] - [1400, 550]) < view[2] / 2) for view in views)


def test_the_movements_of_people_already_followed_are_no_news(room):
    """A dancer changes many pixels, and needs no second search."""
    scanner = Scanner(room.shape[1], room.shape[0], FPS)
    scan(scanner, [room] * 10)
    dancing = room.copy()
    dancing[250:650, 120:280] = 255 - dancing[250:650, 120:280]
    assert len(scan(scanner, [dancing], start=10)[0]) == 0


def test_everything_in_motion_does_not_break_the_budget(room):
    """A hand-held camera changes every pixel of every frame."""
    scanner = Scanner(room.shape[1], room.shape[0], FPS)
    moving = [np.roll(room, 7 * k, axis=1) for k in range(90)]
    assert sum(map(len, scan(scanner, moving)[1:])) <= VIEWS_A_SECOND * 3 + 5


def test_a_cut_is_seen_and_a_pan_is_not(room):
    """After a cut nobody is where they were; people must not jump from one scene into the next."""
    scanner = Scanner(room.shape[1], room.shape[0], FPS)
    cuts = [scanner.choose(k, np.roll(room, 5 * k, axis=1), NOBODY)[1] for k in range(10)]
    assert not any(cuts)
    other = np.clip(room.astype(int) * 2 - 160, 0, 255).astype(np.uint8)[::-1]
    views, cut = scanner.choose(10, np.ascontiguousarray(other), NOBODY)
    assert cut
    assert len(views) > 5


@pytest.mark.parametrize("size", [(1, 1), (64, 48), (3840, 2160), (161, 3001)])
def test_any_size_can_be_scanned(size):
    """Odd sizes, and pictures smaller than a tile."""
    width, height = size
    scanner = Scanner(width, height, FPS)
    image = np.zeros((height, width, 3), dtype=np.uint8)
    assert len(scan(scanner, [image, image], NOBODY)[0]) >= 1
