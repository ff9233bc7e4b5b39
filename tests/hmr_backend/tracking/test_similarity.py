# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest

from ghostcap.hmr_backend.tracking.similarity import look_alike, look_of, pose_overlap, share_inside
from ghostcap.tests.stick_figure import stand


def dress(image: np.ndarray, marks: np.ndarray, shirt: tuple[int, ...], trousers: tuple[int, ...]) -> None:
    """Paint trunk and thighs."""
    (x1, y1), (x0, y0) = marks[11, :2].astype(int), marks[24, :2].astype(int)
    image[y1 : y0 + 1, min(x0, x1) - 40 : max(x0, x1) + 1] = shirt
    image[y0 : int(marks[25, 1]) + 1, x0 - 5 : int(marks[23, 0]) + 6] = trousers


def test_the_same_pose_elsewhere_is_another_person():
    """Tracks are merged by this; two people side by side must stay two."""
    one = stand(300, 100, 400)
    others = np.stack([stand(301, 101, 400), stand(300 + 100, 100, 400), stand(300, 100, 250)])
    overlap = pose_overlap(one, others, 1000)
    assert overlap[0] > 0.95
    assert overlap[1] < 0.05
    assert overlap[2] < 0.5


def test_clothes_tell_people_apart():
    """At crossings: who comes out on which side."""
    image = np.full((600, 900, 3), 128, dtype=np.uint8)
    people = [stand(150, 50, 450), stand(450, 50, 450), stand(750, 60, 450)]
    dress(image, people[0], (200, 30, 30), (30, 30, 40))
    dress(image, people[1], (230, 230, 230), (40, 60, 160))
    dress(image, people[2], (205, 35, 28), (35, 30, 45))
    looks = [look_of(image, marks) for marks in people]
    assert look_alike(looks[0], looks[0]) == pytest.approx(1)
    assert look_alike(looks[0], looks[2]) > 0.6
    assert look_alike(looks[0], looks[1]) < 0.3


def test_somebody_outside_the_picture_looks_like_nobody_in_particular():
    """No colours, no opinion, and no crash."""
    image = np.zeros((100, 100, 3), dtype=np.uint8)
    look = look_of(image, stand(-500, -900, 300))
    assert look.sum() == 0
    assert look_alike(look, look) == 0.5


def test_how_much_of_somebody_is_in_the_picture():
    """People are let go once most of them has left."""
    assert share_inside(stand(300, 100, 400), 640, 600) == 1
    assert share_inside(stand(0, 100, 400), 640, 600) == 0.5
    assert share_inside(stand(-300, 100, 400), 640, 600) == 0
