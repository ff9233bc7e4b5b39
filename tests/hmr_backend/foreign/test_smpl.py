# SPDX-License-Identifier: GPL-3.0-or-later
"""SMPL's files: those the licence lets people have look like these, made up here in their shapes."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from ghostcap.hmr_backend.foreign.smpl import named_gender, read_smpl
from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.skeleton import PARENTS


def made_up(vertices: int = 6890, joints: int = 24, betas: int = 10) -> dict[str, Any]:
    """A body in SMPL's shapes; its vertices lie at random."""
    random = np.random.default_rng(0)
    weights = np.zeros((vertices, joints))
    rows = np.arange(vertices)
    weights[rows, random.integers(0, joints, vertices)] += 0.75
    weights[rows, random.integers(0, joints, vertices)] += 0.25
    regressor = np.zeros((joints, vertices))
    regressor[np.arange(joints)[:, None], random.integers(0, vertices, (joints, 8))] = 0.125
    tree = np.array([[4294967295, *range(joints - 1)], range(joints)], dtype=np.uint32)
    if joints == 24:
        tree[0, 1:] = PARENTS[1:]
    return {
        "v_template": random.normal(size=(vertices, 3)),
        "shapedirs": random.normal(size=(vertices, 3, betas)),
        "J_regressor": regressor,
        "weights": weights,
        "f": random.integers(0, vertices, (13776, 3)).astype(np.uint32),
        "kintree_table": tree,
        "posedirs": np.zeros((vertices, 3, 2)),
        "bs_style": "lbs",
    }


@pytest.mark.parametrize("protocol", [0, 2])
def test_the_authors_pickle_is_read_without_chumpy(tmp_path: Path, make_stand_in: Any, protocol: int) -> None:
    """chumpy does not install any more; its objects hold plain arrays."""
    data = made_up()
    path = tmp_path / "basicModel_neutral_lbs_10_207_0_v1.0.0.pkl"
    with make_stand_in("chumpy.ch.Ch") as ch, make_stand_in("scipy.sparse.csc.csc_matrix") as sparse:
        wrapped: dict[str, Any] = dict(data)
        for name in ("v_template", "shapedirs", "weights", "posedirs"):
            wrapped[name] = ch()
            wrapped[name].x = data[name]
        matrix = csc_matrix(data["J_regressor"])
        wrapped["J_regressor"] = sparse()
        vars(wrapped["J_regressor"]).update(
            data=matrix.data, indices=matrix.indices, indptr=matrix.indptr, _shape=matrix.shape
        )
        path.write_bytes(pickle.dumps(wrapped, protocol))
    body = read_smpl(path)
    assert body.kind == "smpl"
    np.testing.assert_allclose(body.joints, data["J_regressor"] @ data["v_template"])
    betas = np.linspace(-1, 1, 10)
    np.testing.assert_allclose(body.rest_vertices(betas), data["v_template"] + data["shapedirs"] @ betas)
    blend = np.zeros((6890, 24))
    np.add.at(blend, (np.arange(6890)[:, None], body.skin_index), body.skin_weight)
    np.testing.assert_allclose(blend, data["weights"])


def test_the_newer_version_has_more_betas(tmp_path: Path) -> None:
    """v1.1.0 has 300; the first ten are what HMR2 speaks of."""
    data = made_up(betas=12)
    path = tmp_path / "basicmodel_neutral_lbs_10_207_0_v1.1.0.pkl"
    path.write_bytes(pickle.dumps(data))
    np.testing.assert_allclose(read_smpl(path).vertex_dirs, data["shapedirs"][:, :, :10])


def test_smplx_becomes_our_24_joints(tmp_path: Path) -> None:
    """Fingers go with the hand, and nothing of the skin is lost."""
    data = made_up(10475, 55, 16)
    tree = data["kintree_table"]
    tree[0, :22] = [4294967295, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19]
    tree[0, 22:25] = 15
    for first, wrist in ((25, 20), (40, 21)):
        for finger in range(5):
            joint = first + 3 * finger
            tree[0, joint : joint + 3] = [wrist, joint, joint + 1]
    path = tmp_path / "SMPLX_NEUTRAL.npz"
    np.savez(path, **{name: value for name, value in data.items() if name != "bs_style"})
    body = read_smpl(path)
    assert body.kind == "smplx"
    np.testing.assert_allclose(body.skin_weight.sum(axis=1), 1)
    assert body.joints.shape == (24, 3)
    all_joints = data["J_regressor"] @ data["v_template"]
    np.testing.assert_allclose(body.joints[22], all_joints[[25, 28, 31, 34]].mean(axis=0))
    alone = (data["weights"][:, 40:55].sum(axis=1) > 0.99) & (data["weights"][:, 25:40].sum(axis=1) == 0)
    assert set(body.skin_index[alone, 0]) == {23}


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("basicModel_f_lbs_10_207_0_v1.0.0.pkl", made_up(100, 24), "female"),
        ("basicmodel_m_lbs_10_207_0_v1.1.0.pkl", made_up(100, 24), "male"),
        ("SMPL_FEMALE.pkl", made_up(100, 24), "female"),
        ("model.pkl", made_up(778, 16), "MANO"),
        ("SMPLH_neutral.pkl", made_up(6890, 52), r"SMPL\+H"),
        ("SMPL_NEUTRAL.pkl", {"v_template": 1}, "lacks shapedirs"),
        ("SMPL_NEUTRAL.pkl", [1, 2], "no SMPL model"),
    ],
)
def test_another_gender_or_model_is_refused(tmp_path: Path, name: str, data: Any, said: str) -> None:
    """Betas of one body make a wrong one of another, and nobody would see why."""
    path = tmp_path / name
    path.write_bytes(pickle.dumps(data))
    with pytest.raises(GhostcapError, match=said) as caught:
        read_smpl(path)
    assert caught.value.code == "wrong_body"


def test_the_gender_is_in_the_name() -> None:
    """A false alarm would keep users out."""
    assert named_gender("basicModel_neutral_lbs_10_207_0_v1.0.0.pkl") == "neutral"
    assert named_gender("SMPL_NEUTRAL.pkl") == "neutral"
    assert named_gender("basicModel_f_lbs.pkl") == "female"
    assert named_gender("smpl_male.pkl") == "male"
    assert named_gender("my model.pkl") == ""
