# SPDX-License-Identifier: GPL-3.0-or-later
"""Two people who cross: the sample clip's passer-by and her mirror image, dressed otherwise, one before the other."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ghostcap.hmr_backend.decode import open_video, read_frames
from ghostcap.hmr_backend.observations import Frame, Tracklet, Video
from ghostcap.hmr_backend.progress import Silent
from ghostcap.hmr_backend.tracking import clean_tracks, track_people

BEGIN, END = 85, 145
"""Frames in which she is in the middle of the picture."""


def mask_walker(image: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Where somebody stands before the background: the largest patch that differs."""
    change = np.abs(image.astype(int) - background).max(axis=2).astype(np.uint8)
    mask = (cv2.GaussianBlur(change, (5, 5), 0) > 22).astype(np.uint8)
    mask = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5))), cv2.MORPH_CLOSE, np.ones((15, 15)))
    _, patches, facts, _ = cv2.connectedComponentsWithStats(mask)
    return patches == 1 + facts[1:, cv2.CC_STAT_AREA].argmax()


def dye(image: np.ndarray) -> np.ndarray:
    colours = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).astype(int)
    colours[..., 0] = (colours[..., 0] + 60) % 180
    colours[..., 1] = np.minimum(colours[..., 1] * 2 + 60, 255)
    return cv2.cvtColor(colours.astype(np.uint8), cv2.COLOR_HSV2RGB)


@pytest.fixture(scope="module")
def crossing(sample_clip: Path, estimator) -> list[Tracklet]:
    lower = [frame.image[480:994] for frame in read_frames(open_video(sample_clip))]
    background = np.median(lower[::8], axis=0).astype(np.uint8)
    frames = []
    for number, image in enumerate(lower[BEGIN:END]):
        mirrored = mask_walker(image, background)[:, ::-1]
        frames.append(Frame(number, np.where(mirrored[..., None], dye(image)[:, ::-1], image)))
    height, width = frames[0].image.shape[:2]
    video = Video(Path("crossing.mp4"), width, height, 30.0, len(frames))
    return clean_tracks(track_people(frames, video, estimator, Silent()), video)


def test_people_who_cross_keep_their_ids(crossing):
    """Each comes out where she was going: swapped, two animations would turn round in the middle of the room."""
    assert len(crossing) == 2
    ways = []
    for person in crossing:
        assert (person.frame[0], person.frame[-1]) == (0, END - BEGIN - 1)
        centre = (person.bbox[:, 0] + person.bbox[:, 2]) / 2
        ways.append(centre[-5:].mean() - centre[:5].mean())
    assert min(ways) < -200
    assert max(ways) > 200


def test_who_is_hidden_is_not_made_up_for_long(crossing):
    """The one behind is missing for a moment, marked as such, and bridged later."""
    for person in crossing:
        unseen = np.flatnonzero(np.diff(np.flatnonzero(person.observed)) > 15)
        assert not len(unseen)
        assert person.observed.mean() > 0.7
