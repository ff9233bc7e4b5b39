# SPDX-License-Identifier: GPL-3.0-or-later
"""From the crop's camera to metres."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ghostcap.hmr_backend.hmr2.camera import (
    crop_translation,
    full_translation,
    original_focal,
    to_original_focal,
    to_true_focal,
)

DATA = Path(__file__).parents[2] / "data" / "hmr2"


def test_the_full_frame_camera_is_the_originals() -> None:
    """With its own focal length, and with 5000."""
    golden = np.load(DATA / "geometry.npz")
    for k in range(3):
        camera, centre, side = golden["c2f_cam"][k], golden["c2f_center"][k], golden["c2f_size"][k]
        width, height = golden["c2f_img"][k]
        for focal, wanted in ((5000, golden["c2f_out_f5000"]), (float(golden["c2f_focal_scalar"]), golden["c2f_out"])):
            np.testing.assert_allclose(
                full_translation(camera, centre, side, width, height, focal), wanted[k], rtol=1e-5
            )


def test_the_crop_camera_is_the_originals() -> None:
    """pred_cam -> pred_cam_t."""
    golden = np.load(DATA / "tiny.npz")
    np.testing.assert_allclose(crop_translation(golden["out.pred_cam"]), golden["out.pred_cam_t"], rtol=1e-5)


def test_people_come_out_at_true_distances() -> None:
    """A person 1.7 m tall who fills 850 px under a focal length of 1000 px is 2 m away, not 75 m."""
    # The crop is as high as the person: s is 2 / (height in metres).
    camera, side = np.array([2 / 1.7, 0.0, 0.0]), 850.0
    where = full_translation(camera, [960.0, 540.0], side, 1920, 1080, 1000.0)
    np.testing.assert_allclose(where, [0, 0, 2.0], atol=1e-6)
    theirs = full_translation(camera, [960.0, 540.0], side, 1920, 1080, original_focal(1920, 1080))
    assert theirs[2] == pytest.approx(75.0)
    np.testing.assert_allclose(to_true_focal(theirs, 1000.0, 1920, 1080), where)
    np.testing.assert_allclose(to_original_focal(where, 1000.0, 1920, 1080), theirs)


def test_the_person_stays_where_they_are_in_the_picture() -> None:
    """Whatever the focal length, the projection of the body's origin is the same pixel."""
    camera, centre, side = np.array([0.9, 0.1, -0.2]), np.array([700.0, 400.0]), 300.0
    pixels = []
    for focal in (800.0, 2000.0, 37500.0):
        x, y, z = full_translation(camera, centre, side, 1920, 1080, focal)
        pixels.append([focal * x / z + 960, focal * y / z + 540])
    np.testing.assert_allclose(pixels, [pixels[0]] * 3)
    np.testing.assert_allclose(pixels[0], centre + camera[1:] * camera[0] * side / 2, rtol=1e-6)
