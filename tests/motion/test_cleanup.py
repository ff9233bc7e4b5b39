# SPDX-License-Identifier: GPL-3.0-or-later
"""Cleanup changes what it says and nothing else, and always from the raw motion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ghostcap.motion.cleanup import CleanupSettings, clean_track, list_methods, standing_height
from ghostcap.motion.kinematics import pose_from_axis_angle
from ghostcap.motion.rig import WORLD_FROM_SMPL
from ghostcap.motion.root_motion import find_heading
from ghostcap.motion.rotations import matrix_from_axis_angle
from ghostcap.tests.synthetic_capture import BODY_HEIGHT, synthetic_body, synthetic_track

BODY = synthetic_body()


def shaken(kind: str = "walk"):
    """A track whose raw motion shakes and whose captured motion does not."""
    clean = synthetic_track(kind, frames=120)
    noise = np.random.default_rng(4)
    return replace(
        clean,
        poses_raw=clean.poses + noise.normal(0, 0.04, clean.poses.shape),
        trans_raw=clean.trans + noise.normal(0, 0.01, clean.trans.shape),
    )


def jitter(joints: np.ndarray) -> float:
    """Mean acceleration of the joints."""
    return float(np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1).mean())


def facing(track) -> float:
    """Heading of the first frame, radians."""
    turned = matrix_from_axis_angle(track.poses[:, :3]) @ WORLD_FROM_SMPL.T
    return float(find_heading(turned, track.mocap_framerate)[0])


def test_defaults_change_nothing() -> None:
    """The first thing an animator sees is what was captured."""
    for kind in ("walk", "somersault", "cartwheel"):
        track = shaken(kind)
        cleaned = clean_track(track, BODY, CleanupSettings())
        np.testing.assert_allclose(cleaned.track.poses, track.poses, atol=1e-12)
        np.testing.assert_allclose(cleaned.track.trans, track.trans, atol=1e-12)
        np.testing.assert_allclose(cleaned.track.joints, track.joints, atol=1e-9)
        assert cleaned.scale == 1


@pytest.mark.parametrize("method", list_methods())
def test_strength_zero_is_raw_and_more_is_smoother(method: str) -> None:
    """The slider's left end is the raw motion; to the right it shakes less and less."""
    track = shaken()
    levels = [
        clean_track(track, BODY, CleanupSettings(method=method, strength=strength)).track
        for strength in (0.0, 0.5, 1.0)
    ]
    raw = pose_from_axis_angle(track.poses_raw, BODY.rest_joints(track.betas), track.trans_raw).positions
    np.testing.assert_allclose(levels[0].joints, raw, atol=1e-6)
    shakes = [jitter(level.joints) for level in levels]
    assert shakes[0] > shakes[1] > shakes[2]
    assert shakes[2] < 0.5 * shakes[0]


def test_smoothing_survives_a_cartwheel() -> None:
    """All the way round, where angles jump: no frame may swing the wrong way."""
    track = synthetic_track("cartwheel", frames=240)
    smooth = clean_track(track, BODY, CleanupSettings(method="gaussian", strength=0.5)).track
    assert np.linalg.norm(smooth.joints - track.joints, axis=-1).max() < 0.12


def test_height_scales_person_and_path() -> None:
    """Twice as tall at the same camera is twice as far: strides stay in proportion to the legs, feet on the floor."""
    track = synthetic_track(beta=1.0)
    tall = standing_height(BODY, track.betas)
    assert tall == pytest.approx(1.01 * BODY_HEIGHT, abs=1e-6)
    cleaned = clean_track(track, BODY, CleanupSettings(height=2 * tall))
    assert cleaned.scale == pytest.approx(2)
    np.testing.assert_allclose(cleaned.track.joints, 2 * track.joints, atol=1e-9)


def test_floor_lifts_and_facing_turns_in_place() -> None:
    """Each does one thing."""
    track = synthetic_track()
    lifted = clean_track(track, BODY, CleanupSettings(floor=0.05)).track
    np.testing.assert_allclose(
        lifted.joints - track.joints, np.broadcast_to([0, 0, 0.05], track.joints.shape), atol=1e-9
    )
    turned = clean_track(track, BODY, CleanupSettings(facing=np.pi / 2)).track
    np.testing.assert_allclose(turned.joints[0, 0], track.joints[0, 0], atol=1e-9)
    assert facing(turned) - facing(track) == pytest.approx(np.pi / 2, abs=1e-9)
    np.testing.assert_allclose(turned.joints[..., 2], track.joints[..., 2], atol=1e-9)


def test_origin_then_facing() -> None:
    """First frame at the origin, facing the front, or as far turned from it as asked."""
    for turn in (0.0, 0.7):
        cleaned = clean_track(synthetic_track(), BODY, CleanupSettings(to_origin=True, facing=turn)).track
        np.testing.assert_allclose(cleaned.joints[0, 0, :2], 0, atol=1e-9)
        assert facing(cleaned) == pytest.approx(turn, abs=1e-6)


def test_one_frame() -> None:
    """A photograph is a clip too."""
    track = synthetic_track("stand", frames=1)
    for method in list_methods():
        settings = CleanupSettings(method, 1.0, 1.8, 0.1, 0.3, to_origin=True)
        assert np.isfinite(clean_track(track, BODY, settings).track.joints).all()
