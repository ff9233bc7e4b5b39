# SPDX-License-Identifier: GPL-3.0-or-later
"""`ghostcap check`: every part at work on a tiny clip, and what this machine has for it."""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...motion.errors import GhostcapError
from ..interrupts import Interrupt
from ..progress import Silent
from ..reporting import Outlet
from ..self_check import CHECKS
from ..settings import CaptureSettings

HELP = "run each part on a tiny clip and tell what works"
DESCRIPTION = """\
Run each library, then capture a tiny clip that is drawn for it, and tell what works, on which device, with which
weights. Nothing is downloaded."""

_FRAMES = 12
_FPS = 12.0


@dataclass(frozen=True)
class Finding:
    """What came of one part."""

    name: str
    state: str
    """works, fails, or absent: something that need not be there."""
    said: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command has no arguments of its own."""


def run(arguments: argparse.Namespace, outlet: Outlet, interrupt: Interrupt) -> bool:  # noqa: ARG001 - as all commands
    """Check everything; False when a part that has to work does not."""
    findings: list[Finding] = []
    outlet.stage("check", 1, 1)
    total = len(CHECKS) + 2
    for finding in _find_all():
        findings.append(finding)
        outlet.note(f"{finding.name} {finding.state}: {finding.said}")
        outlet.progress(min(len(findings), total), total)
    failed = [finding for finding in findings if finding.state == "fails"]
    rows: list[dict[str, Any]] = [vars(finding) for finding in findings]
    if failed:
        outlet.error(
            GhostcapError(
                f"{failed[0].name} fails: {failed[0].said}.", "Repair the backend: install it anew.", "check_failed"
            )
        )
    # A person has read the parts as they came.
    parts = {"parts": rows} if arguments.progress == "json" else {}
    outlet.done(version=metadata.version("ghostcap"), device=_describe_devices(), **parts)
    return not failed


def _find_all() -> Iterator[Finding]:
    for name, check in CHECKS.items():
        try:
            check()
        except Exception as error:  # noqa: BLE001 - whatever a broken library does is the finding
            yield Finding(name, "fails", f"{type(error).__name__}: {error}".splitlines()[0])
        else:
            yield Finding(name, "works", metadata.version(name))
    yield _capture_tiny_clip()
    yield _find_torch()
    yield from _find_weights()


def _capture_tiny_clip() -> Finding:
    from ..models import ensure_models
    from ..pipeline import capture_video
    from ..preview import encode_video

    try:
        ensure_models(Silent(), offline=True)
        with tempfile.TemporaryDirectory(prefix="ghostcap-check-", ignore_cleanup_errors=True) as folder:
            clip = Path(folder) / "check.mp4"
            encode_video(clip, _draw_clip(), _FPS)
            target = capture_video(clip, clip.with_suffix(".capture"), CaptureSettings(), Silent(), offline=True)
            from ...motion.capture import read_capture

            people = len(read_capture(target).tracks)
    except GhostcapError as error:
        return Finding("capture", "fails", str(error).rstrip("."))
    except Exception as error:  # noqa: BLE001 - as above
        return Finding("capture", "fails", f"{type(error).__name__}: {error}".splitlines()[0])
    return Finding("capture", "works", f"{people} person in {_FRAMES} drawn frames")


def _draw_clip() -> Iterator[NDArray[np.uint8]]:
    """The mannequin stands in a room and lifts its arms."""
    from ...motion.kinematics import pose_from_axis_angle
    from ...motion.rotations import axis_angle_from_matrix, matrix_from_axis_angle
    from ...motion.skeleton import JOINT
    from ..mannequin import mannequin_body, sole_height
    from ..painter import Surface, View, paint_floor, paint_surfaces

    body = mannequin_body()
    facing = axis_angle_from_matrix(matrix_from_axis_angle([np.pi / 2, 0, 0]))
    trans = np.array([0, 0, body.joints[0, 1] - sole_height(body)]) - body.joints[0]
    view = View(np.array([0.0, 0, 0.85]), 0.0, 0.08, 4.6, 480, 360, 0.56)
    room = paint_floor(view)
    for frame in range(_FRAMES):
        poses = np.zeros((24, 3))
        poses[0] = facing
        for side, sign in (("L", 1), ("R", -1)):
            poses[JOINT[f"{side}_Shoulder"], 2] = -sign * (1.2 - 0.05 * frame)
        mesh = body.pose(np.zeros(10), pose_from_axis_angle(poses.reshape(72), body.joints, trans))
        image = room.copy()
        paint_surfaces(image, view, [Surface(mesh, body.faces, (206, 160, 130))])
        yield image


def _find_torch() -> Finding:
    if util.find_spec("torch") is None:
        return Finding("torch", "absent", "not installed; only the estimator hmr2 needs it")
    return Finding("torch", "works", metadata.version("torch"))


def _find_weights() -> Iterator[Finding]:
    from ..weights import ALL, weights_path

    for weights in ALL:
        path = weights_path(weights)
        there = path is not None and path.exists()
        yield Finding(weights.title, "works" if there else "absent", str(path) if there else weights.purpose)


def _describe_devices() -> str:
    cpu = f"CPU ({platform.machine()})"
    if util.find_spec("torch") is None:
        return cpu
    from ..hmr2.devices import list_devices

    return ", ".join(cpu if device.type == "cpu" else device.type.upper() for device in list_devices())
