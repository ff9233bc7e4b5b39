# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the score tell good from bad? UI-PRMD's correct and incorrect repetitions, within the same person.

    python3 scripts/bench.py repetitions FOLDER

FOLDER holds uiprmd_m01.npz and so on: `markers` (N, 39, 3) in 0.1 mm (Plug-in Gait's order, z up, 50 frames a
second), `ends`, `subject`, `correct`. Each repetition is compared with correct ones of the same person, itself
left out; the area under the ROC curve is printed for each movement: all persons together, and the mean of each
person's own. Then repetitions of different persons, of one movement and of two, drawn by chance: are they told apart
(no common motion)? For the persons whose clips the threshold was chosen on, and for the others; squats and lunges,
which share most of their motion, are counted by themselves.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ghostcap.motion.amass_track import plain_body
from ghostcap.motion.compare.clip import Clip, clip_from_rotations
from ghostcap.motion.compare.comparison import Settings, compare_clips
from ghostcap.motion.compare.likeness import measure_likeness
from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.kinematics import local_rotations_from_global
from ghostcap.motion.rotations import rotation_between, slerp
from ghostcap.motion.skeleton import JOINT, PARENTS

Array = NDArray[np.floating]
MARKERS = [
    "LFHD",
    "RFHD",
    "LBHD",
    "RBHD",
    "C7",
    "T10",
    "CLAV",
    "STRN",
    "RBAK",
    "LSHO",
    "LUPA",
    "LELB",
    "LFRM",
    "LWRA",
    "LWRB",
    "LFIN",
    "RSHO",
    "RUPA",
    "RELB",
    "RFRM",
    "RWRA",
    "RWRB",
    "RFIN",
    "LASI",
    "RASI",
    "LPSI",
    "RPSI",
    "LTHI",
    "LKNE",
    "LTIB",
    "LANK",
    "LHEE",
    "LTOE",
    "RTHI",
    "RKNE",
    "RTIB",
    "RANK",
    "RHEE",
    "RTOE",
]
SUBSTITUTES = {"RBHD": ("RFHD", "LFHD", "LBHD"), "LTOE": ("LHEE", "RHEE", "RTOE"), "LASI": ("LPSI", "RPSI", "RASI")}
"""For a marker lost through a whole repetition: a neighbour, plus what lies between the two on the other side."""
WANTED = 0.9
"""Area under the curve of the deep squat (m01), at least."""
REFERENCES = 3
PAIRS = 6
LEGS = {"m01", "m03", "m04"}
"""Squats and lunges."""


def main(argv: list[str]) -> int:
    """Print the table; 1 when m01 falls short."""
    parser = argparse.ArgumentParser(prog="repetitions", description="Areas under the ROC curve on UI-PRMD.")
    parser.add_argument("folder", type=Path, help="where uiprmd_*.npz are")
    folder = parser.parse_args(argv).folder
    good = True
    print("movement  together  by person")
    for path in sorted(folder.glob("uiprmd_*.npz")):
        together, alone = measure_movement(path)
        movement = path.stem.removeprefix("uiprmd_")
        print(f"{movement:8}  {together:8.3f}  {alone:9.3f}", flush=True)
        good = good and (movement != "m01" or together >= WANTED)
    print("persons  pairs of  agreement: area  one movement taken  two taken  squat and lunge taken")
    movements = {path.stem.removeprefix("uiprmd_"): read_movement(path) for path in sorted(folder.glob("uiprmd_*.npz"))}
    for name, persons in (("1 to 5", range(1, 6)), ("6 to 10", range(6, 11))):
        tell_kinds(name, movements, persons)
    return 0 if good else 1


def tell_kinds(name: str, movements: dict[str, list[tuple[Clip, int, bool]]], persons: range) -> None:
    """A line: how well pairs of one movement are told from pairs of two, the user being one of these persons."""
    random = np.random.default_rng(persons.start)
    agreement: dict[str, list[float]] = {"one": [], "two": [], "alike": []}
    taken: dict[str, list[bool]] = {"one": [], "two": [], "alike": []}
    for mine, users in movements.items():
        here = [(clip, person) for clip, person, _ in users if person in persons]
        for theirs, athletes in movements.items():
            kind = "one" if mine == theirs else "alike" if {mine, theirs} <= LEGS else "two"
            for _ in range(4 * PAIRS if mine == theirs else PAIRS):
                user, who = here[random.integers(len(here))]
                models = [clip for clip, person, correct in athletes if correct and person != who]
                value, accepted = agree(models[random.integers(len(models))], user)
                agreement[kind].append(value)
                taken[kind].append(accepted)
    same = np.repeat([True, False], [len(agreement["one"]), len(agreement["two"])])
    curve = area(np.array(agreement["one"] + agreement["two"]), same)
    shares = "  ".join(f"{100 * np.mean(taken[kind]):.0f} % of {len(taken[kind])}" for kind in taken)
    print(f"{name:8} {curve:.3f}  {shares}", flush=True)


def agree(athlete: Clip, user: Clip) -> tuple[float, bool]:
    """How far the movements of two agree, and whether a comparison takes them for one."""
    result = compare_clips(athlete, user, Settings(anyway=True))
    model = athlete.mirrored() if result.mirrored else athlete
    value = measure_likeness(user, model, result.time.user, result.time.athlete).correlation
    try:
        compare_clips(athlete, user)
    except GhostcapError:
        return value, False
    return value, True


def read_movement(path: Path) -> list[tuple[Clip, int, bool]]:
    """All repetitions of a movement: the motion, the person, whether it is done correctly."""
    with np.load(path, allow_pickle=False) as data:
        markers, ends, fps = data["markers"], data["ends"], float(data["fps"])
        subject, correct = data["subject"], data["correct"].astype(bool)
    clips = [clip_from_markers(markers[start:stop:2] * 1e-4, fps / 2) for start, stop in pairwise(ends)]
    return list(zip(clips, subject.tolist(), correct.tolist(), strict=True))


def measure_movement(path: Path) -> tuple[float, float]:
    """Area under the curve of all persons' repetitions together, and the mean of each person's."""
    movement = read_movement(path)
    clips = [clip for clip, _, _ in movement]
    subject, correct = (np.array(column) for column in list(zip(*movement, strict=True))[1:])
    scores = np.empty(len(clips))
    settings = Settings(by="motion", mirror="no", anyway=True)
    for number, clip in enumerate(clips):
        models = [k for k in np.flatnonzero(correct & (subject == subject[number])) if k != number][:REFERENCES]
        scores[number] = np.mean([compare_clips(clips[k], clip, settings).score.overall for k in models])
    alone = [area(scores[subject == who], correct[subject == who]) for who in np.unique(subject)]
    return area(scores, correct), float(np.mean(alone))


def area(scores: Array, correct: NDArray[np.bool_]) -> float:
    """Under the ROC curve: how often a correct repetition scores higher than an incorrect one."""
    good, bad = scores[correct][:, None], scores[~correct]
    return float(((good > bad) + 0.5 * (good == bad)).mean())


def clip_from_markers(markers: Array, fps: float) -> Clip:
    """(T, 39, 3) metres, z up -> SMPL's joints. Limbs turn the shortest way from their parent: no twist."""
    at = {name: _bridge(markers[:, index]) for index, name in enumerate(MARKERS)}
    for name, (near, start, stop) in SUBSTITUTES.items():
        if not at[name].any():
            at[name] = at[near] + at[stop] - at[start]
    rest = plain_body().joints
    turns = np.empty((len(markers), len(PARENTS), 3, 3))
    hips_left = at["LASI"] - at["RASI"]
    forward = at["LASI"] + at["RASI"] - at["LPSI"] - at["RPSI"]
    pelvis = _frame(hips_left, np.cross(forward, hips_left))
    thorax = _frame(at["LSHO"] - at["RSHO"], at["C7"] + at["CLAV"] - at["T10"] - at["STRN"])
    head = _frame(at["LFHD"] + at["LBHD"] - at["RFHD"] - at["RBHD"],
                  np.cross(at["LFHD"] - at["LBHD"], at["LFHD"] - at["RFHD"]))  # fmt: skip
    turns[:, JOINT["Pelvis"]] = turns[:, JOINT["Spine1"]] = pelvis
    turns[:, JOINT["Spine2"]] = slerp(pelvis, thorax, np.full(len(markers), 0.5))
    for name in ("Spine3", "Neck", "L_Collar", "R_Collar"):
        turns[:, JOINT[name]] = thorax
    turns[:, JOINT["Head"]] = head
    wide = np.linalg.norm(hips_left, axis=-1, keepdims=True)
    middle = (at["LASI"] + at["RASI"]) / 2 - pelvis[:, :, 1] * 0.3 * wide - pelvis[:, :, 2] * 0.2 * wide
    for side, sign in (("L", 1.0), ("R", -1.0)):
        hip = middle + sign * 0.36 * wide * pelvis[:, :, 0]
        wrist = (at[f"{side}WRA"] + at[f"{side}WRB"]) / 2
        chain = (
            ("Hip", "Knee", at[f"{side}KNE"] - hip), ("Knee", "Ankle", at[f"{side}ANK"] - at[f"{side}KNE"]),
            ("Ankle", "Foot", at[f"{side}TOE"] - at[f"{side}ANK"]),
            ("Shoulder", "Elbow", at[f"{side}ELB"] - at[f"{side}SHO"]), ("Elbow", "Wrist", wrist - at[f"{side}ELB"]),
            ("Wrist", "Hand", at[f"{side}FIN"] - wrist),
        )  # fmt: skip
        for name, child, direction in chain:
            joint = JOINT[f"{side}_{name}"]
            parent = turns[:, PARENTS[joint]]
            bone = parent @ (rest[JOINT[f"{side}_{child}"]] - rest[joint])
            turns[:, joint] = rotation_between(bone, direction) @ parent
        for name in ("Foot", "Hand"):
            turns[:, JOINT[f"{side}_{name}"]] = turns[:, PARENTS[JOINT[f"{side}_{name}"]]]
    return clip_from_rotations(local_rotations_from_global(turns), middle, rest, fps)


def _bridge(marker: Array) -> Array:
    """Fill what was lost for a while (zeros) from before and after. (T, 3)."""
    seen = np.flatnonzero(marker.any(1))
    if not 0 < len(seen) < len(marker):
        return marker
    frames = np.arange(len(marker))
    return np.stack([np.interp(frames, seen, marker[seen, axis]) for axis in range(3)], -1)


def _frame(left: Array, up: Array) -> Array:
    """(T, 3, 3) columns left, up, forward; left is kept, up is squared."""
    x = left / np.linalg.norm(left, axis=-1, keepdims=True)
    z = np.cross(x, up)
    z /= np.linalg.norm(z, axis=-1, keepdims=True)
    return np.stack([x, np.cross(z, x), z], -1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
