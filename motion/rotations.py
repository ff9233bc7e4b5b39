# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations as arrays: axis-angle, matrices, 6D, quaternions (w, x, y, z), and the way between them.

Every function takes any number of leading dimensions. Angles are radians.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]
_TINY = 1e-12


def matrix_from_axis_angle(axis_angle: ArrayLike) -> Array:
    """Rodrigues' formula. (..., 3) axis times angle -> (..., 3, 3)."""
    v = np.asarray(axis_angle, dtype=float)
    angle_sq = (v * v).sum(-1)[..., None, None]
    angle = np.sqrt(angle_sq)
    small = angle_sq < 1e-8
    safe = np.where(small, 1.0, angle)
    # The series keeps full precision where sin(a)/a and (1-cos(a))/a^2 would cancel.
    sinc = np.where(small, 1.0 - angle_sq / 6.0, np.sin(safe) / safe)
    cosc = np.where(small, 0.5 - angle_sq / 24.0, (1.0 - np.cos(safe)) / (safe * safe))
    k = cross_matrix(v)
    return np.eye(3) + sinc * k + cosc * (k @ k)


def cross_matrix(v: ArrayLike) -> Array:
    """(..., 3) -> (..., 3, 3) with cross_matrix(v) @ u == cross(v, u)."""
    v = np.asarray(v, dtype=float)
    x, y, z = v[..., 0], v[..., 1], v[..., 2]
    o = np.zeros_like(x)
    return np.stack([o, -z, y, z, o, -x, -y, x, o], -1).reshape(*v.shape[:-1], 3, 3)


def quaternion_from_matrix(matrix: ArrayLike) -> Array:
    """(..., 3, 3) -> (..., 4) unit quaternion w, x, y, z with w >= 0.

    Takes, per matrix, the best conditioned of the four columns of the quaternion's outer product (Shepperd 1978).
    """
    m = np.asarray(matrix, dtype=float)
    xx, yy, zz = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    a, b, c = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    d, e, f = m[..., 1, 0] + m[..., 0, 1], m[..., 2, 0] + m[..., 0, 2], m[..., 2, 1] + m[..., 1, 2]
    outer = np.stack(
        [
            np.stack([1 + xx + yy + zz, a, b, c], -1),
            np.stack([a, 1 + xx - yy - zz, d, e], -1),
            np.stack([b, d, 1 - xx + yy - zz, f], -1),
            np.stack([c, e, f, 1 - xx - yy + zz], -1),
        ],
        -2,
    )
    best = np.argmax(np.diagonal(outer, axis1=-2, axis2=-1), -1)
    q = np.take_along_axis(outer, best[..., None, None], -2)[..., 0, :]
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    return np.where(q[..., :1] < 0, -q, q)


def axis_angle_from_matrix(matrix: ArrayLike) -> Array:
    """(..., 3, 3) -> (..., 3), angle in [0, pi]."""
    return axis_angle_from_quaternion(quaternion_from_matrix(matrix))


def axis_angle_from_quaternion(quaternion: ArrayLike) -> Array:
    """(..., 4) unit quaternion w, x, y, z -> (..., 3), angle in [0, pi]."""
    q = np.asarray(quaternion, dtype=float)
    q = np.where(q[..., :1] < 0, -q, q)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, q[..., :1])
    return q[..., 1:] * np.where(sine < 1e-9, 2.0, angle / np.maximum(sine, _TINY))


def quaternion_from_axis_angle(axis_angle: ArrayLike) -> Array:
    """(..., 3) -> (..., 4) unit quaternion w, x, y, z."""
    v = np.asarray(axis_angle, dtype=float)
    angle = np.linalg.norm(v, axis=-1, keepdims=True)
    half = np.where(angle < 1e-9, 0.5, np.sin(angle / 2) / np.maximum(angle, _TINY))
    return np.concatenate([np.cos(angle / 2), v * half], -1)


def matrix_from_quaternion(quaternion: ArrayLike) -> Array:
    """(..., 4) quaternion w, x, y, z, normalised here -> (..., 3, 3)."""
    q = np.asarray(quaternion, dtype=float)
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def multiply_quaternions(a: ArrayLike, b: ArrayLike) -> Array:
    """Hamilton product: the rotation b, then a. (..., 4), (..., 4) -> (..., 4)."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    w = a[..., :1] * b[..., :1] - (a[..., 1:] * b[..., 1:]).sum(-1, keepdims=True)
    v = a[..., :1] * b[..., 1:] + b[..., :1] * a[..., 1:] + np.cross(a[..., 1:], b[..., 1:])
    return np.concatenate([w, v], -1)


def make_continuous(quaternions: ArrayLike) -> Array:
    """Choose signs so that neighbours in time lie in one hemisphere. (T, ..., 4) -> the same shape, same rotations."""
    q = np.array(quaternions, dtype=float)
    if len(q) > 1:
        flips = (q[1:] * q[:-1]).sum(-1) < 0
        sign = np.where(np.cumsum(flips, axis=0) % 2 == 1, -1.0, 1.0)
        q[1:] *= sign[..., None]
    return q


def sixd_from_matrix(matrix: ArrayLike) -> Array:
    """The first two columns, one after the other. (..., 3, 3) -> (..., 6) (Zhou et al. 2019)."""
    m = np.asarray(matrix, dtype=float)
    return np.concatenate([m[..., :, 0], m[..., :, 1]], -1)


def matrix_from_sixd(sixd: ArrayLike) -> Array:
    """Gram-Schmidt on two columns. (..., 6) -> (..., 3, 3) (Zhou et al. 2019)."""
    d = np.asarray(sixd, dtype=float)
    x = _unit(d[..., :3])
    y = d[..., 3:] - (x * d[..., 3:]).sum(-1, keepdims=True) * x
    y = _unit(y)
    return np.stack([x, y, np.cross(x, y)], -1)


def nearest_rotation(matrix: ArrayLike) -> Array:
    """The rotation closest in the Frobenius norm (orthogonal Procrustes). (..., 3, 3) -> (..., 3, 3)."""
    u, _, vt = np.linalg.svd(np.asarray(matrix, dtype=float))
    sign = np.sign(np.linalg.det(u @ vt))
    u = u.copy()
    u[..., :, 2] *= sign[..., None]
    return u @ vt


def rotation_between(a: ArrayLike, b: ArrayLike) -> Array:
    """The shortest rotation that turns direction a into direction b. (..., 3), (..., 3) -> (..., 3, 3)."""
    a, b = _unit(np.asarray(a, dtype=float)), _unit(np.asarray(b, dtype=float))
    axis = np.cross(a, b)
    cosine = (a * b).sum(-1)[..., None, None]
    k = cross_matrix(axis)
    out = np.eye(3) + k + k @ k / np.maximum(1.0 + cosine, _TINY)
    # Opposite directions have no shortest turn: take half a turn about any axis across.
    other = np.where(np.abs(a[..., :1]) < 0.9, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    across = _unit(np.cross(a, other))
    half = 2 * across[..., :, None] * across[..., None, :] - np.eye(3)
    return np.where(cosine < -1 + 1e-9, half, out)


def geodesic_angle(a: ArrayLike, b: ArrayLike) -> Array:
    """Angle of the rotation between two. (..., 3, 3), (..., 3, 3) -> (...) in [0, pi]."""
    relative = np.swapaxes(np.asarray(a, dtype=float), -1, -2) @ np.asarray(b, dtype=float)
    return np.linalg.norm(axis_angle_from_matrix(relative), axis=-1)


def slerp(a: ArrayLike, b: ArrayLike, weight: ArrayLike) -> Array:
    """Between two rotations along the shortest way. (..., 3, 3) twice, weight (...) in 0..1 -> (..., 3, 3)."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    turn = axis_angle_from_matrix(np.swapaxes(a, -1, -2) @ b)
    return a @ matrix_from_axis_angle(turn * np.asarray(weight, dtype=float)[..., None])


def swing_twist(rotation: ArrayLike, axis: ArrayLike) -> tuple[Array, Array]:
    """Split R = swing @ twist, twist being about `axis`.

    rotation (..., 3, 3), axis (..., 3) -> (swing (..., 3, 3), twist angle (...)).
    """
    q = quaternion_from_matrix(rotation)
    axis = _unit(np.asarray(axis, dtype=float))
    along = (q[..., 1:] * axis).sum(-1)
    angle = 2.0 * np.arctan2(along, q[..., 0])
    angle = (angle + np.pi) % (2 * np.pi) - np.pi
    back = matrix_from_axis_angle(-angle[..., None] * axis)
    return np.asarray(rotation, dtype=float) @ back, angle


def _unit(v: Array) -> Array:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), _TINY)
