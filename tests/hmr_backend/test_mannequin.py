# SPDX-License-Identifier: GPL-3.0-or-later
"""The mannequin: a body an animator can pose without any licensed file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mannequin import Mannequin

from ghostcap.hmr_backend.mannequin import VIEWPORT_VERTICES, decimate_body, mannequin_body, sole_height
from ghostcap.motion.body import Body, read_body, write_body
from ghostcap.motion.kinematics import pose_from_axis_angle
from ghostcap.motion.skeleton import BONES, JOINT

FULL = 0


def _pose(body: Body, poses: np.ndarray, betas: np.ndarray | None = None) -> np.ndarray:
    betas = np.zeros(10) if betas is None else betas
    return body.pose(betas, pose_from_axis_angle(poses, body.rest_joints(betas), np.zeros(3)))


def _open_edges(body: Body) -> int:
    edges = np.sort(body.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    return int((np.unique(edges, axis=0, return_counts=True)[1] % 2).sum())


def _volume(body: Body) -> float:
    a, b, c = np.moveaxis(body.vertices[body.faces], 1, 0)
    return float((a * np.cross(b, c)).sum() / 6)


def test_full_mesh_poses_as_the_library_does() -> None:
    """If joints, weights or their order were mixed up, every posed body would be torn."""
    generator = np.random.default_rng(3)
    poses = generator.normal(0, 0.3, 72)
    poses[66:] = 0
    library = Mannequin()
    parameters = library.rest_pose()
    parameters["global_rotation"][:] = poses[:3]
    parameters["body_pose"][:] = poses[3:66].reshape(21, 3)
    expected = library.vertices(parameters)
    actual = _pose(mannequin_body(FULL), poses)
    # The library turns the body about its own pelvis offset: only the place may differ.
    difference = (actual - actual.mean(0)) - (expected - expected.mean(0))
    assert np.abs(difference).max() < 1e-4


@pytest.mark.parametrize("vertices", [FULL, VIEWPORT_VERTICES, 1000])
def test_identity_pose_is_the_rest_mesh(vertices: int) -> None:
    """A rest mesh that disagrees with the rest joints would deform the body before it moves."""
    body = mannequin_body(vertices)
    np.testing.assert_allclose(_pose(body, np.zeros(72)), body.vertices, atol=1e-6)
    np.testing.assert_allclose(body.skin_weight.sum(1), 1, atol=1e-6)


def test_elbow_bends_at_the_elbow() -> None:
    """Bending the left elbow moves forearm and hand about the joint and nothing else."""
    body = mannequin_body()
    poses = np.zeros(72)
    poses[3 * JOINT["L_Elbow"] + 1] = -np.pi / 2
    moved = _pose(body, poses)
    hand = (body.skin_index[:, 0] == JOINT["L_Hand"]) & (body.skin_weight[:, 0] > 0.99)
    elbow = body.joints[JOINT["L_Elbow"]]
    assert hand.sum() > 50
    np.testing.assert_allclose(
        np.linalg.norm(moved[hand] - elbow, axis=1), np.linalg.norm(body.vertices[hand] - elbow, axis=1), atol=2e-3
    )
    # SMPL's left arm lies along +x; turned by -90 degrees about y it points forward, +z.
    assert (moved[hand, 2] - elbow[2]).min() > 0.2
    np.testing.assert_allclose(moved[body.vertices[:, 0] < 0], body.vertices[body.vertices[:, 0] < 0], atol=1e-6)


@pytest.mark.parametrize("vertices", [VIEWPORT_VERTICES, 1000])
def test_lighter_copy_stays_closed_and_keeps_its_size(vertices: int) -> None:
    """Holes would show in the viewport; a shrunken copy would float above the ground."""
    full, light = mannequin_body(FULL), mannequin_body(vertices)
    assert abs(len(light.vertices) - vertices) < 0.1 * vertices
    assert _open_edges(light) == 0
    assert _volume(light) == pytest.approx(_volume(full), rel=0.06)
    assert sole_height(light) == pytest.approx(sole_height(full), abs=0.003)


def test_lighter_copy_of_any_body_stays_closed() -> None:
    """A body without named pieces (the user's SMPL) is split by its connected surface."""
    light = decimate_body(mannequin_body(), 1500)
    assert len(light.vertices) < 1700
    assert _open_edges(light) == 0


def test_shape_directions_follow_the_exact_shape() -> None:
    """Betas that gave another height than the library's would put the feet off the ground."""
    body = mannequin_body(FULL)
    generator = np.random.default_rng(5)
    library = Mannequin()
    for _ in range(3):
        betas = generator.uniform(-2, 2, 10)
        library.reshape(betas)
        exact = library.vertices(library.rest_pose())
        assert np.linalg.norm(body.rest_vertices(betas) - exact, axis=1).max() < 4e-3


def test_every_bone_has_length_and_the_hands_lie_at_the_knuckles() -> None:
    """A bone of no length can't be made in Blender."""
    joints = mannequin_body().joints
    lengths = {bone: np.linalg.norm(joints[bone[1]] - joints[bone[0]]) for bone in BONES}
    assert min(lengths.values()) > 0.03
    for side in "LR":
        assert 0.06 < lengths[(JOINT[f"{side}_Wrist"], JOINT[f"{side}_Hand"])] < 0.12


def test_body_survives_the_disk(tmp_path: Path) -> None:
    """The add-on has no body library: body.npz must hold all of it."""
    body = mannequin_body()
    write_body(tmp_path / "body.npz", body)
    read = read_body(tmp_path / "body.npz")
    assert read.kind == "mannequin"
    np.testing.assert_allclose(read.vertices, body.vertices, atol=1e-6)
    np.testing.assert_array_equal(read.faces, body.faces)
    np.testing.assert_allclose(read.joint_dirs, body.joint_dirs)


def test_kept_copy_is_the_same_and_a_damaged_one_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A broken file in the cache must not stop every capture from then on, nor change its body."""
    monkeypatch.setenv("GHOSTCAP_CACHE", str(tmp_path))
    made = mannequin_body.__wrapped__(3000)
    (kept,) = tmp_path.iterdir()
    read = mannequin_body.__wrapped__(3000)
    for name in ("vertices", "vertex_dirs", "faces", "skin_index", "skin_weight", "joints", "joint_dirs"):
        np.testing.assert_array_equal(getattr(made, name), getattr(read, name))
    kept.write_bytes(kept.read_bytes()[:1000])
    again = mannequin_body.__wrapped__(3000)
    np.testing.assert_array_equal(again.vertices, made.vertices)
    assert "damaged" in caplog.text
    kept.unlink()
    tmp_path.rmdir()
    tmp_path.write_text("no folder")
    np.testing.assert_array_equal(mannequin_body.__wrapped__(3000).vertices, made.vertices)
