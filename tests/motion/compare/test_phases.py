# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ghostcap.motion.compare.comparison import Settings, compare_clips
from ghostcap.motion.compare.golf import EVENTS, find_swing
from ghostcap.motion.compare.repetitions import find_repetitions
from ghostcap.motion.errors import GhostcapError
from ghostcap.tests.motion.compare.swings import SWING_TIMES, golf_swing, smooth_motion, squats


@pytest.mark.parametrize("fps", [30.0, 60.0, 120.0])
def test_the_events_of_a_swing_are_where_they_were_put(fps):
    swing = find_swing(golf_swing(fps))
    assert swing is not None
    assert [event.name for event in swing.events] == list(EVENTS)
    frames = [event.frame for event in swing.events]
    assert all(a < b for a, b in pairwise(frames))
    for name, seconds in SWING_TIMES.items():
        tolerance = 0.07 if name in ("top", "impact") else 0.4
        assert swing.frame(name) / fps == pytest.approx(seconds, abs=tolerance)
    assert not swing.left_handed
    assert find_swing(golf_swing(fps).mirrored()).left_handed


def test_impacts_of_two_swings_coincide():
    """Other tempo, other waiting: within two frames."""
    other = {"address": 2.1, "top": 2.8, "impact": 3.05, "finish": 3.9}
    athlete, user = golf_swing(60.0, other, 5.0), golf_swing(30.0)
    result = compare_clips(athlete, user)
    assert result.by == "golf"
    mine = np.interp(3.05 * 60, result.time.athlete, result.time.user)
    assert abs(mine - SWING_TIMES["impact"] * 30) < 2
    assert result.score.overall > 85


def test_a_clip_that_ends_at_the_top_is_compared_so_far():
    athlete = golf_swing()
    user = golf_swing().cut(30, 124)
    result = compare_clips(athlete, user)
    assert result.by == "golf"
    assert [event.name for event in result.events] == list(EVENTS[:4])
    assert result.warnings
    assert result.score.overall > 85


@pytest.mark.parametrize("clip", [squats(), smooth_motion(1), squats().cut(0, 5)], ids=["squats", "motion", "short"])
def test_other_motions_are_no_golf(clip):
    assert find_swing(clip) is None
    with pytest.raises(GhostcapError) as caught:
        compare_clips(clip, clip, Settings(by="golf"))
    assert caught.value.code == "no_swing"


@pytest.mark.parametrize("fps", [20.0, 30.0, 60.0])
def test_squats_are_counted(fps):
    found = find_repetitions(squats(5, 1.6, fps))
    assert found is not None
    assert found.period / fps == pytest.approx(1.6, rel=0.05)
    assert 4 <= len(found) <= 5


def test_what_does_not_repeat_has_no_repetitions():
    assert find_repetitions(smooth_motion(1)) is None
    assert find_repetitions(golf_swing()) is None
    standing_about = squats(depth=0.0)
    assert find_repetitions(standing_about) is None
    with pytest.raises(GhostcapError) as caught:
        compare_clips(smooth_motion(1), smooth_motion(1), Settings(by="repetitions"))
    assert caught.value.code == "no_repetitions"


def test_each_repetition_has_one_of_the_athlete():
    """The athlete shows two, the user does five, slower: the athlete starts over."""
    result = compare_clips(squats(3, 1.5), squats(6, 2.2))
    assert result.by == "repetitions"
    assert result.laps is not None
    mine, theirs = result.laps
    assert mine > theirs
    assert len(result.phases) == mine
    assert result.time.lap.max() >= 1
    assert result.score.overall > 95


def test_a_shallow_squat_is_told():
    result = compare_clips(squats(4), squats(4, depth=0.8))
    names = {(finding.name, finding.size < 0) for finding in result.findings}
    assert ("knee_flexion", True) in names
