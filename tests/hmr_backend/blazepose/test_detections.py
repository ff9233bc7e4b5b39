# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest

from ghostcap.hmr_backend.blazepose.anchors import make_anchors
from ghostcap.hmr_backend.blazepose.detections import Detections, decode_detections, join_views, merge_overlapping


def make_detections(*people: tuple[float, float, float, float]) -> Detections:
    """Each: score, x and y of the hips, radius."""
    values = np.array(people)
    hips, radius = values[:, 1:3], values[:, 3:4]
    up = np.concatenate([np.zeros_like(radius), radius], axis=1)
    head = hips - up * 0.7
    box = np.concatenate([head - radius * 0.2, head + radius * 0.2], axis=1)
    return Detections(values[:, 0], box, np.stack([hips, hips - up, hips - up / 2, hips - up * 0.9], axis=1))


def test_sure_boxes_only_are_decoded_best_first():
    """Boxes are relative to anchors in units of the input; scores are logits."""
    anchors = make_anchors()
    logits = np.full(2254, -50.0, dtype=np.float32)
    logits[[100, 2000, 7]] = 1.0, 1e9, -0.1
    boxes = np.zeros((2254, 12), dtype=np.float32)
    boxes[2000, :6] = 22.4, 0, 44.8, 89.6, 0, 112
    found = decode_detections(boxes, logits, anchors)
    assert len(found) == 2
    np.testing.assert_allclose(found.score, [1, 1 / (1 + np.exp(-1))], rtol=1e-6)
    centre = anchors[2000] + [0.1, 0]
    np.testing.assert_allclose(found.box[0], [*(centre - [0.1, 0.2]), *(centre + [0.1, 0.2])], rtol=1e-5)
    np.testing.assert_allclose(found.points[0, 0], anchors[2000] + [0, 0.5], rtol=1e-5)


def test_boxes_of_one_person_are_averaged_by_their_scores():
    """Weighted suppression: less jitter than the best box alone."""
    merged = merge_overlapping(make_detections((0.9, 100, 100, 50), (0.6, 103, 100, 50), (0.7, 300, 100, 50)))
    assert len(merged) == 2
    assert merged.score[0] == pytest.approx(0.9)
    np.testing.assert_allclose(merged.points[0, 0], [(0.9 * 100 + 0.6 * 103) / 1.5, 100])
    np.testing.assert_allclose(merged.points[1, 0], [300, 100])


def test_one_person_in_several_tiles_is_one_person():
    """Tiles overlap; without this everybody would be tracked several times."""
    whole = make_detections((0.6, 100, 100, 50))
    tile = make_detections((0.9, 104, 96, 60), (0.8, 200, 100, 50))
    people = join_views([whole, tile])
    np.testing.assert_allclose(people.score, [0.9, 0.8])


def test_nobody_is_no_error():
    """Most tiles are empty."""
    nobody = decode_detections(np.zeros((2254, 12)), np.full(2254, -9.0), make_anchors())
    assert len(join_views([merge_overlapping(nobody), nobody])) == 0
    assert nobody.regions().shape == (0, 4)
