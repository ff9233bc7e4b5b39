# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghostcap.motion.compare.alignment import Anchor, align, align_between
from ghostcap.motion.compare.features import measure_costs, measure_features
from ghostcap.tests.motion.compare.swings import smooth_motion


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.floats(0.8, 1.6))
def test_a_known_time_warp_is_recovered(seed, power):
    """The ghost shows the moment that belongs to the user's."""
    athlete = smooth_motion(seed)
    share = np.linspace(0, 1, 90)
    true = (0.5 * share + 0.5 * share**power) * (len(athlete) - 1)
    found = align(athlete.at(true), athlete)
    assert len(found.user) == 90
    assert np.median(np.abs(found.athlete - true)) < 0.6
    assert np.abs(found.athlete - true).max() < 3.0
    assert (np.diff(found.athlete) >= 0).all()


@pytest.mark.parametrize("fps", [16.0, 24.0, 59.94, 120.0])
def test_frame_rates_may_differ(fps):
    """A phone films 60 frames a second, the athlete's clip has 30."""
    athlete = smooth_motion(5)
    time = np.arange(0, len(athlete) - 1, 30.0 / fps)
    user = athlete.at(time)
    user = type(user)(user.rotations, user.root, user.rest_joints, fps, user.trusted, user.confidence)
    found = align(user, athlete)
    assert np.abs(found.athlete - time[found.user]).max() < 2.0


def test_anchors_are_met_exactly():
    """Impact is impact, whatever the joints say in between."""
    user, athlete = smooth_motion(1), smooth_motion(2, count=140)
    anchors = [Anchor(5, 20), Anchor(40, 60), Anchor(80, 130)]
    found = align_between(user, athlete, anchors)
    assert (found.user[0], found.user[-1]) == (5, 80)
    for anchor in anchors:
        assert found.athlete[found.user == anchor.user] == pytest.approx(anchor.athlete, abs=1e-6)
    assert (np.diff(found.athlete) >= 0).all()


def test_the_map_is_smooth_enough_to_play_back():
    """Whole steps of a path would make the ghost stutter: stand, jump, stand."""
    athlete = smooth_motion(7, count=120)
    user = athlete.at(np.linspace(0, 119, 90))
    speed = np.diff(align(user, athlete).athlete)
    assert speed.min() > 0.4
    assert speed.max() < 2.5


def test_ten_minutes_against_five_seconds():
    """Somebody leaves the camera running: the five seconds are found, in seconds."""
    athlete = smooth_motion(3, count=150)
    before, after = smooth_motion(4, count=9000), smooth_motion(6, count=8850)
    rotations = np.concatenate([before.rotations, athlete.rotations, after.rotations])
    user = type(athlete)(
        rotations, np.repeat(athlete.root[:1], len(rotations), 0), athlete.rest_joints, 30.0,
        np.ones(len(rotations), dtype=bool), np.ones((len(rotations), 24)),
    )  # fmt: skip
    found = align(user, athlete)
    assert abs(found.user[0] - 9000) < 30
    assert abs(found.user[-1] - 9149) < 30


def test_a_picture_belongs_to_the_frame_it_resembles():
    athlete = smooth_motion(8)
    found = align(athlete.cut(33, 34), athlete)
    assert found.user.tolist() == [0]
    assert found.athlete.tolist() == [33.0]


def test_signs_of_quaternions_do_not_matter():
    """Double cover: features are of rotations, so q and -q are one."""
    clip = smooth_motion(9)
    turned = clip.rotations.copy()
    cost = measure_costs(measure_features(clip), measure_features(clip))
    assert np.allclose(np.diag(cost), 0, atol=1e-9)
    assert np.array_equal(turned, clip.rotations)
