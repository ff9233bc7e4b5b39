# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast keys are written: whole curves at once against Blender's keyframe_insert, in the same run.

python scripts/benchmarks/bake.py [--frames 2000]           (a Python that has the bpy module)
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import Any

import bpy
import numpy as np

from ghostcap.addon.armature import create_armature
from ghostcap.addon.keys import write_clip
from ghostcap.motion.rig import BONE_NAMES, BoneChannels, RestBones
from ghostcap.motion.rotations import make_continuous, quaternion_from_axis_angle

AT_LEAST = 30.0
"""Times faster than keyframe_insert."""


def main(argv: list[str]) -> int:
    """Print both times and their ratio; 1 when the ratio is below `AT_LEAST`."""
    parser = argparse.ArgumentParser(prog="bake", description="Write keys for root and 24 bones in two ways.")
    parser.add_argument("--frames", type=int, default=2000, metavar="N", help="frames (default: %(default)s)")
    count = parser.parse_args(argv).frames
    frames, channels = np.arange(1, count + 1), _random_channels(count)
    bulk = _time_bulk(frames, channels)
    single = _time_single(frames, channels)
    print(f"{len(BONE_NAMES) - 1} bones and root, {count} frames, Blender {bpy.app.version_string}")
    print(f"whole curves:    {bulk:8.3f} s")
    print(f"keyframe_insert: {single:8.3f} s")
    print(f"ratio:           {single / bulk:8.1f} (at least {AT_LEAST:g} wanted)")
    return 0 if single / bulk >= AT_LEAST else 1


def _time_bulk(frames: np.ndarray, channels: BoneChannels) -> float:
    armature = _new_armature()
    start = time.perf_counter()
    write_clip(armature, "bulk", frames, channels)
    elapsed = time.perf_counter() - start
    _check(armature, frames, channels)
    return elapsed


def _time_single(frames: np.ndarray, channels: BoneChannels) -> float:
    """The usual way, without what would make it slower still (no frame_set, no per-key look-up of the bone)."""
    armature = _new_armature()
    bones = [armature.pose.bones[name] for name in BONE_NAMES]
    start = time.perf_counter()
    for row, frame in enumerate(frames):
        bones[0].location, bones[1].location = channels.root_location[row], channels.hips_location[row]
        bones[0].keyframe_insert("location", frame=frame)
        bones[1].keyframe_insert("location", frame=frame)
        for index, bone in enumerate(bones):
            bone.rotation_quaternion = channels.rotation[row, index]
            bone.keyframe_insert("rotation_quaternion", frame=frame)
    elapsed = time.perf_counter() - start
    _check(armature, frames, channels)
    return elapsed


def _new_armature() -> Any:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    heads = np.stack([np.zeros(25), np.zeros(25), np.arange(25) * 0.1], -1)
    axes = np.tile([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]], (25, 1, 1))
    rest = RestBones(heads, heads + [0, 0, 0.1], axes, (False,) * 25)
    return create_armature(bpy.context, bpy.context.scene.collection, "bake", rest)


def _random_channels(count: int) -> BoneChannels:
    generator = np.random.default_rng(1)
    turns = np.cumsum(generator.normal(0, 0.02, (count, 25, 3)), axis=0)
    rotation = make_continuous(quaternion_from_axis_angle(turns))
    return BoneChannels(rotation, generator.normal(size=(count, 3)), generator.normal(size=(count, 3)))


def _check(armature: Any, frames: np.ndarray, channels: BoneChannels) -> None:
    """Both ways must have written the same thing, or their times mean nothing."""
    row = len(frames) // 2
    bpy.context.scene.frame_set(int(frames[row]))
    for index, name in enumerate(BONE_NAMES):
        found = np.array(armature.pose.bones[name].rotation_quaternion)
        if not np.allclose(found, channels.rotation[row, index], atol=1e-5):
            raise SystemExit(f"{name} was not keyed rightly")


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # Blender's module may hang for good while it is taken down with Python (seen with 4.5).
    os._exit(code)
