# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison as data: report.json with what the report says, report.csv with every frame."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from ...motion.archive import written_whole
from ...motion.compare.angles import ANGLES
from ...motion.compare.coaching import LANGUAGES, Moment, name_phase, say
from ...motion.compare.comparison import Comparison
from ...motion.compare.findings import Finding
from ...motion.skeleton import JOINT_NAMES

FORMAT_VERSION = 1


def describe(result: Comparison, user: str, athlete: str) -> dict[str, Any]:
    """Everything the report says, ready for JSON: degrees, metres, seconds; null where nothing could be judged."""
    deviations = result.deviations
    sure = deviations.sure
    local = np.where(sure, np.degrees(deviations.local), np.nan)
    joints = []
    for joint, name in enumerate(JOINT_NAMES):
        seen = bool(sure[:, joint].any())
        worst = int(np.nanargmax(local[:, joint])) if seen else None
        joints.append(
            {
                "joint": name,
                "score": _number(result.score.joints[joint], 1),
                "mean_degrees": _number(np.nanmean(local[:, joint]), 2) if seen else None,
                "worst_degrees": _number(local[worst, joint], 2) if worst is not None else None,
                "worst_user_frame": frame_of(result, worst) if worst is not None else None,
                "mean_metres": _number(deviations.distance[sure[:, joint], joint].mean(), 4) if seen else None,
                "seen": _number(sure[:, joint].mean(), 3),
            }
        )
    return {
        "format_version": FORMAT_VERSION,
        "user": user,
        "athlete": athlete,
        "by": result.by,
        "mirrored": result.mirrored,
        "score": _number(result.score.overall, 1),
        "alignment_degrees": _number(math.degrees(result.time.cost), 2),
        "judged": _number(deviations.judged.mean(), 3),
        "user_fps": result.user.fps,
        "user_frames": [frame_of(result, 0), frame_of(result, len(result.user) - 1)],
        "athlete_frames": [_number(value, 2) for value in result.time.athlete[[0, -1]]],
        "tempo": [_number(value, 2) for value in result.tempo] if result.tempo else None,
        "repetitions": list(result.laps) if result.laps else None,
        "phases": [
            {
                "name": phase.name,
                "user_frames": [_number(result.user.first_frame + edge, 2) for edge in (phase.start, phase.stop)],
                "repetition": phase.lap + 1 if phase.name == "repetition" else None,
                **{f"label_{language}": name_phase(phase, language) for language in LANGUAGES},
            }
            for phase in result.phases
        ],
        "findings": [_describe_finding(result, finding) for finding in result.findings],
        "joints": joints,
        "warnings": list(result.warnings),
    }


def moment_of(result: Comparison, finding: Finding) -> Moment:
    """When a finding is; its seconds count from the beginning of the user's clip."""
    seconds = float(result.time.user[finding.row]) / result.user.fps
    return Moment(finding, seconds, result.phases, result.events, result.by == "pose")


def frame_of(result: Comparison, row: int) -> int:
    """The number of a row's frame in the user's video."""
    return int(result.user.first_frame + row)


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Write report.json whole or not at all."""
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_csv(path: Path, result: Comparison) -> None:
    """A line for each frame of the user: the athlete's frame, deviations by joint, and the angles of both.

    Degrees and metres; empty where the joint was not seen. UTF-8.
    """
    deviations = result.deviations
    keys = [angle.key for angle in ANGLES]
    header = ["user_frame", "seconds", "athlete_frame", "judged", "score"]
    header += [f"{name}_degrees" for name in JOINT_NAMES] + [f"{name}_metres" for name in JOINT_NAMES]
    header += [f"{key}_{who}" for key in keys for who in ("user", "athlete")]
    angles = np.degrees(np.stack([deviations.user_angles, deviations.athlete_angles], -1))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    for row in range(len(result.user)):
        sure = deviations.sure[row]
        line: list[Any] = [
            frame_of(result, row), round(float(result.time.user[row]) / result.user.fps, 4),
            round(float(result.time.athlete[row]), 3), int(deviations.judged[row]), _cell(result.score.frames[row], 1),
        ]  # fmt: skip
        line += [_cell(value, 3) for value in np.where(sure, np.degrees(deviations.local[row]), np.nan)]
        line += [_cell(value, 4) for value in np.where(sure, deviations.distance[row], np.nan)]
        line += [_cell(value, 2) for value in angles[row].reshape(-1)]
        writer.writerow(line)
    with written_whole(path) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8", newline="")


def _describe_finding(result: Comparison, finding: Finding) -> dict[str, Any]:
    unit = {"shift": "metres", "tempo": "ratio"}.get(finding.kind, "degrees")
    size = math.degrees(finding.size) if unit == "degrees" else finding.size
    moment = moment_of(result, finding)
    return {
        "kind": finding.kind,
        "name": finding.name,
        "side": finding.side,
        "joint": JOINT_NAMES[finding.joint],
        "size": _number(size, 3),
        "unit": unit,
        "severity": _number(finding.severity, 2),
        "user_frame": frame_of(result, finding.row),
        "athlete_frame": _number(result.time.athlete[finding.row], 2),
        "seconds": _number(moment.seconds, 3),
        "phase": result.phases[finding.phase].name if finding.phase >= 0 else None,
        "event": result.events[finding.event].name if finding.event >= 0 else None,
        "text": {language: say(moment, language) for language in LANGUAGES},
    }


def _number(value: Any, digits: int) -> float | None:
    number = float(value)
    return round(number, digits) if math.isfinite(number) else None


def _cell(value: Any, digits: int) -> float | str:
    number = _number(value, digits)
    return "" if number is None else number
