# SPDX-License-Identifier: GPL-3.0-or-later
"""The wooden mannequin as a body: mannequin-x's mesh on SMPL's 24 joints, light enough for a viewport."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import metadata, resources
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..motion.body import Body, read_body, write_body
from ..motion.errors import CaptureError
from ..motion.skeleton import JOINT, JOINT_NAMES, PARENTS
from .cache import cache_folder

if TYPE_CHECKING:
    from mannequin import Mannequin

# The mannequin's package and SciPy's spatial parts are imported where the mesh is made: most runs find it in the cache,
# and would wait a quarter of a second for nothing.
Array = NDArray[np.floating]
_log = logging.getLogger(__name__)
VIEWPORT_VERTICES = 6000
_RECIPE = 1
"""To be counted up when a change here makes another body: copies are kept in the user's cache."""
_SHAPE_STEP = 1.0
_INFLUENCES = 4
_KNUCKLES = ("Index1", "Middle1", "Ring1", "Pinky1")


@lru_cache(maxsize=4)
def mannequin_body(vertices: int = VIEWPORT_VERTICES) -> Body:
    """The mannequin with about so many vertices, in T-pose with relaxed hands; 0 keeps all 24,256.

    Skeleton and shape are mannequin-x's calibration of SMPL-X, whose first 22 joints are SMPL's. SMPL's hands (22, 23)
    are put at the mean of the four knuckles and carry all fingers. The mannequin's mesh is not quite linear in the
    betas: `vertex_dirs` are central differences over one unit to each side. Against the exact full mesh with betas
    within 2, vertices are off by 0.4 mm in the mean and 4 mm at most; joints are exact. The lighter copy is kept in
    the user's cache.
    """
    if not vertices:
        return _full_body().body
    cached = cache_folder() / f"mannequin-{metadata.version('mannequin-x')}-{vertices}-{_RECIPE}.npz"
    if cached.is_file():
        try:
            return read_body(cached)
        except CaptureError:
            _log.warning("%s is damaged and is made again.", cached)
    made = _decimate(_full_body(), vertices)
    # Single precision, as it is kept: the first run and the second must agree to the last bit.
    body = replace(
        made,
        vertices=made.vertices.astype(np.float32),
        vertex_dirs=made.vertex_dirs.astype(np.float32),
        skin_weight=made.skin_weight.astype(np.float32),
    )
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        write_body(cached, body)
    except OSError as error:
        # Only speed is lost: it takes most of a second to make.
        _log.info("%s can't be written: %s", cached, error)
    return body


def decimate_body(body: Body, vertices: int) -> Body:
    """A lighter copy of any body with about so many vertices; closed parts stay closed, the skeleton stays."""
    parts = _connected_parts(body)
    return _decimate(_Parted(body, parts), vertices)


def sole_height(body: Body, betas: Array | None = None) -> float:
    """Height (y, metres) of the lowest point of the feet in the rest pose, SMPL's axes."""
    rest = body.vertices if betas is None else body.rest_vertices(betas)
    return float(rest[foot_vertices(body, "L") | foot_vertices(body, "R"), 1].min())


def foot_vertices(body: Body, side: str) -> NDArray[np.bool_]:
    """(V,) true for the vertices that move mostly with the ankle and foot joints of side "L" or "R"."""
    joints = (JOINT[f"{side}_Ankle"], JOINT[f"{side}_Foot"])
    weight = np.where(np.isin(body.skin_index, joints), body.skin_weight, 0.0).sum(1)
    return weight > 0.5


@dataclass(frozen=True)
class _Parted:
    body: Body
    part: NDArray[np.integer]
    """(V,) number of the closed piece a vertex belongs to."""


def _full_body() -> _Parted:
    from mannequin import Mannequin

    model = Mannequin("wooden")
    names = model.joint_names
    smpl = np.array([_smpl_joint(names, model.parents, joint) for joint in range(len(names))])

    rest, joints = _rest(model, np.zeros(10))
    vertex_dirs = np.empty((*rest.shape, 10))
    joint_dirs = np.empty((24, 3, 10))
    for beta in range(10):
        step = np.zeros(10)
        step[beta] = _SHAPE_STEP
        plus, minus = _rest(model, step), _rest(model, -step)
        vertex_dirs[..., beta] = (plus[0] - minus[0]) / (2 * _SHAPE_STEP)
        joint_dirs[..., beta] = (plus[1] - minus[1]) / (2 * _SHAPE_STEP)

    index, weight, part = _skin(smpl)
    return _Parted(
        Body(rest, vertex_dirs, np.asarray(model.faces, dtype=np.int32), index, weight, joints, joint_dirs), part
    )


def _rest(model: Mannequin, betas: Array) -> tuple[Array, Array]:
    """Mesh (V, 3) and SMPL's joints (24, 3) in T-pose with relaxed hands."""
    model.reshape(betas)
    pose = model.rest_pose()
    joints = model.joint_transforms(pose)[:, :3, 3].astype(float)
    names = model.joint_names
    smpl = np.empty((24, 3))
    for joint, name in enumerate(JOINT_NAMES):
        if name.endswith("_Hand"):
            knuckles = [names.index(f"{name[:2]}{knuckle}") for knuckle in _KNUCKLES]
            smpl[joint] = joints[knuckles].mean(0)
        else:
            smpl[joint] = joints[names.index(name)]
    return model.vertices(pose).astype(float), smpl


def _smpl_joint(names: tuple[str, ...], parents: tuple[int, ...], joint: int) -> int:
    """SMPL's joint that carries one of the mannequin's: its own, the hand for fingers, else the nearest ancestor's."""
    name = names[joint]
    if name in JOINT:
        return JOINT[name]
    parent = names[parents[joint]]
    if parent.endswith("_Wrist"):
        return JOINT[f"{parent[:2]}Hand"]
    return _smpl_joint(names, parents, parents[joint])


def _skin(smpl: NDArray[np.integer]) -> tuple[NDArray[np.integer], Array, NDArray[np.integer]]:
    """Joint numbers (V, 4), weights (V, 4) and closed pieces (V,).

    The library poses its mesh but does not hand out the weights, so they are read from its data file. As there, the
    ball joints and shells marked rigid follow one joint alone.
    """
    asset = resources.files("mannequin") / "assets" / "wooden.npz"
    with asset.open("rb") as file, np.load(file, allow_pickle=False) as data:
        source_index, source_weight = data["skin_joint_indices"], data["skin_weights"].astype(float)
        rigid = data["skin_rigid_joint_indices"]
        part = np.repeat(np.arange(len(data["skin_part_vertex_counts"])), data["skin_part_vertex_counts"])

    source_index, source_weight = source_index.copy(), source_weight.copy()
    fixed = rigid >= 0
    source_index[fixed] = rigid[fixed, None]
    source_weight[fixed] = [1.0] + [0.0] * (source_weight.shape[1] - 1)

    blend = np.zeros((len(source_weight), len(PARENTS)))
    np.add.at(blend, (np.arange(len(blend))[:, None], smpl[source_index]), source_weight)
    index = np.argsort(-blend, axis=1, kind="stable")[:, :_INFLUENCES]
    weight = np.take_along_axis(blend, index, axis=1)
    return index.astype(np.int16), weight / weight.sum(1, keepdims=True), part


def _connected_parts(body: Body) -> NDArray[np.integer]:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edges = body.faces[:, [0, 1, 1, 2]].reshape(-1, 2)
    count = len(body.vertices)
    graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def _decimate(parted: _Parted, vertices: int) -> Body:
    """Quadric edge collapse (Garland and Heckbert 1997), each closed piece on its own so that none tears open.

    Weights and shape directions come from the nearest vertex of the same piece.
    """
    import fast_simplification
    from scipy.spatial import KDTree

    body = parted.body
    reduction = 1.0 - vertices / len(body.vertices)
    points: list[Array] = []
    faces: list[NDArray[np.integer]] = []
    nearest: list[NDArray[np.integer]] = []
    count = 0
    for part in np.unique(parted.part):
        own = np.flatnonzero(parted.part == part)
        local = np.full(len(body.vertices), -1)
        local[own] = np.arange(len(own))
        own_faces = local[body.faces[parted.part[body.faces[:, 0]] == part]]
        light, light_faces = fast_simplification.simplify(
            body.vertices[own].astype(float), own_faces.astype(np.int32), target_reduction=reduction
        )[:2]
        used, light_faces = np.unique(light_faces, return_inverse=True)
        light = np.asarray(light, dtype=float)[used]
        points.append(light)
        faces.append(light_faces.reshape(-1, 3) + count)
        nearest.append(own[KDTree(body.vertices[own]).query(light)[1]])
        count += len(light)
    source = np.concatenate(nearest)
    return replace(
        body,
        vertices=np.concatenate(points),
        vertex_dirs=body.vertex_dirs[source],
        faces=np.concatenate(faces).astype(np.int32),
        skin_index=body.skin_index[source],
        skin_weight=body.skin_weight[source],
    )
