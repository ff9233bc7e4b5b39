# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np

from ghostcap.hmr_backend.blazepose.anchors import make_anchors


def test_there_is_an_anchor_for_each_of_the_detectors_boxes():
    """One too few or a wrong order, and every box lands somewhere else in the picture."""
    anchors = make_anchors()
    assert anchors.shape == (2254, 2)
    np.testing.assert_allclose(anchors[:3], [[4 / 224, 4 / 224], [4 / 224, 4 / 224], [12 / 224, 4 / 224]])
    np.testing.assert_allclose(anchors[56 * 28], [8 / 224, 8 / 224])
    coarse = anchors[-294:].reshape(7, 7, 6, 2)
    np.testing.assert_allclose(coarse[3, 5], np.tile([5.5 / 7, 3.5 / 7], (6, 1)), rtol=1e-6)
