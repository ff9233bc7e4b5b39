# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostcap.hmr_backend.blazepose.regions import (
    cut_out,
    region_of_body,
    tile_picture,
    to_picture,
    to_region,
    whole_picture,
    wrap_angle,
)

lengths = st.floats(20, 2000)
angles = st.floats(-3.1, 3.1)


@given(x=lengths, y=lengths, side=lengths, angle=angles, u=st.floats(-1, 2), v=st.floats(-1, 2))
def test_into_a_region_and_back_is_where_we_were(x, y, side, angle, u, v):
    """Landmarks come out of a region; if this is not exact they drift from frame to frame."""
    region = np.array([x, y, side, angle])
    points = np.array([[u, v]])
    np.testing.assert_allclose(to_region(to_picture(points, region), region), points, atol=1e-9)


@given(x=lengths, y=lengths, radius=lengths, angle=angles)
def test_a_body_stands_upright_in_its_region(x, y, radius, angle):
    """The landmark network has learnt from upright people: a handstand has to be turned for it."""
    hip = np.array([x, y])
    rim = hip + radius * np.array([np.sin(angle), -np.cos(angle)])
    region = region_of_body(hip, rim)
    np.testing.assert_allclose(to_region(hip[None], region), [[0.5, 0.5]], atol=1e-9)
    np.testing.assert_allclose(to_region(rim[None], region), [[0.5, 0.5 - 1 / 2.5]], atol=1e-9)
    assert region[3] == pytest.approx(angle, abs=1e-6)


@given(st.floats(-50, 50))
def test_wrapped_angles_are_the_same_angles(angle):
    """A turn of 350 degrees is one of -10."""
    wrapped = wrap_angle(np.array(angle))
    assert -np.pi <= wrapped < np.pi
    assert np.cos(wrapped) == pytest.approx(np.cos(angle), abs=1e-9)
    assert np.sin(wrapped) == pytest.approx(np.sin(angle), abs=1e-9)


def test_what_is_cut_out_lies_where_the_points_say():
    """A spot in the picture appears in the cut-out at `to_region` of its place, turned or not."""
    image = np.zeros((300, 400, 3), dtype=np.uint8)
    image[195:206, 245:256] = 255
    for region in np.array([[220.0, 180, 160, 0.0], [240, 190, 120, 0.7], [260, 210, 200, -2.5]]):
        small = cut_out(image, region, 128)[..., 0].astype(float)
        rows, columns = np.mgrid[:128, :128]
        found = np.array([(small * columns).sum(), (small * rows).sum()]) / small.sum()
        np.testing.assert_allclose(found / 128, to_region(np.array([[250.0, 200.0]]), region)[0], atol=0.01)


def test_outside_the_picture_is_black_or_the_border_goes_on():
    """The detector has learnt with black, the landmarks with a border; mixed up, both get worse."""
    image = np.full((50, 50, 3), 200, dtype=np.uint8)
    region = np.array([50.0, 25.0, 100.0, 0.0])
    assert cut_out(image, region, 64)[32, 60].max() == 0
    assert cut_out(image, region, 64, repeat_border=True)[32, 60].min() == 200


@given(width=st.integers(16, 4000), height=st.integers(16, 4000), rows=st.integers(1, 4))
def test_tiles_cover_the_picture_and_stay_inside_it(width, height, rows):
    """A hole between tiles is a person not found."""
    tiles = tile_picture(width, height, rows)
    low, high = tiles[:, :2] - tiles[:, 2:3] / 2, tiles[:, :2] + tiles[:, 2:3] / 2
    assert np.all(low >= -1e-6)
    assert np.all(high <= np.array([width, height]) + 1e-6)
    x, y = np.meshgrid(np.linspace(0, width, 23), np.linspace(0, height, 23))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    inside = np.all((points[:, None] >= low - 1e-6) & (points[:, None] <= high + 1e-6), axis=2)
    assert inside.any(axis=1).all()


def test_the_whole_picture_is_letter_boxed():
    """Stretched people are not found."""
    np.testing.assert_array_equal(whole_picture(1920, 1080), [960, 540, 1920, 0])
