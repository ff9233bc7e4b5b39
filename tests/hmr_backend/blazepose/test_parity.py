# SPDX-License-Identifier: GPL-3.0-or-later
"""Against MediaPipe's own Pose 0.10.21 (complexity 1, static), each tenth frame of Sports2D's demo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ghostcap.hmr_backend.blazepose.regions import whole_picture
from ghostcap.hmr_backend.decode import open_video, read_frames
from ghostcap.motion.archive import read_arrays

GOLDEN = Path(__file__).parents[2] / "data" / "mediapipe_pose_sports2d_demo.npz"


@pytest.fixture(scope="module")
def frames(sample_clip: Path) -> list[np.ndarray]:
    wanted = set(read_arrays(GOLDEN)["frame"].tolist())
    return [frame.image for frame in read_frames(open_video(sample_clip)) if frame.index in wanted]


def test_landmarks_are_mediapipes(frames, estimator):
    """The same networks must give the same landmarks: within 1 % of the person's height, and 3 cm in the world."""
    golden = read_arrays(GOLDEN, "landmarks", "world")
    apart, apart_world, seen = [], [], 0
    for image, marks, world in zip(frames, golden["landmarks"], golden["world"], strict=True):
        if np.isnan(marks).any():
            continue
        found = estimator.detect(image, whole_picture(image.shape[1], image.shape[0])[None])
        if not len(found):
            continue
        bodies = estimator.look(image, found.regions()[:1])
        height = np.ptp(marks[:, 1])
        apart.append(np.median(np.linalg.norm(bodies.landmarks[0, :, :2] - marks[:, :2], axis=1)) / height)
        apart_world.append(np.median(np.linalg.norm(bodies.world[0] - world, axis=1)))
        seen += 1
    assert seen >= 14, "MediaPipe sees somebody in 15 of 23 frames"
    assert np.median(apart) < 0.01
    assert np.median(apart_world) < 0.03


def test_more_people_are_seen_than_mediapipe_sees(frames, estimator):
    """Small and distant people, and more than one: what the tiles are for."""
    people = [len(estimator.estimate(image).score) for image in frames]
    assert np.count_nonzero(people) >= 21
    assert sum(count >= 2 for count in people) >= 8
