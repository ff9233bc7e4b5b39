# SPDX-License-Identifier: GPL-3.0-or-later
"""What smoothing is worth: every method at several amounts, on motion capture training never saw and on a real clip.

    python3 scripts/bench.py smooth MOCAP [--table FILE.md] [--plot FILE.png]

MOCAP is a folder with cmu_*.npz (see smoothnet/mocap.py). The errors of three kinds of estimators are put on the
held-out subjects; the real clip has a truth from four cameras. Plotting takes matplotlib.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghostcap.hmr_backend.environment.pins import project_root
from ghostcap.hmr_backend.fitting import fit_motion, undo_swaps
from ghostcap.hmr_backend.fitting.focal import estimate_focal
from ghostcap.hmr_backend.mannequin import mannequin_body
from ghostcap.hmr_backend.observations import Tracklet
from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.kinematics import pose_from_axis_angle
from ghostcap.motion.rotations import axis_angle_from_matrix
from ghostcap.motion.skeleton import JOINT, LANDMARK
from ghostcap.motion.smoothing import Smoothing, choose_network, smooth_path, smooth_poses, smooth_positions
from ghostcap.motion.smoothing_network import apply_network, slide_network
from ghostcap.smoothnet.metrics import FAST, Score, mean_score, score_motion
from ghostcap.smoothnet.noise import FITTED, LANDMARKS, SINGLE_FRAME
from ghostcap.smoothnet.trials import Trial, make_trials, smooth_trial

Array = NDArray[np.floating]
KINDS = {"landmarks, frame by frame": LANDMARKS, "SMPL, frame by frame": SINGLE_FRAME, "fitted body": FITTED}
SWEEPS: dict[str, tuple[float, ...]] = {
    "smoothnet": (0.5, 0.8, 1.0),
    "whittaker": (2, 3, 4, 5, 6, 8),
    "butterworth": (2.5, 4, 5, 6, 8),
    "gaussian": (0.02, 0.03, 0.045, 0.06, 0.09),
    "savgol": (0.2, 0.3, 0.45, 0.6),
    "one-euro": (0.5, 1.5, 3, 6),
}
"""Strengths of the network, amounts of the filters."""
CLIP = project_root() / "tests" / "data" / "balance.npz"
FRAMES = 10_000


@dataclass(frozen=True)
class Row:
    """One method at one setting."""

    method: str
    setting: str
    score: Score
    seconds_per_1000: float


def main(argv: Sequence[str] | None = None) -> int:
    """Run it all; the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/bench.py smooth", description=(__doc__ or "").split("\n\n", 1)[0])
    parser.add_argument("mocap", type=Path, help="folder with cmu_*.npz")
    parser.add_argument("--table", type=Path, help="write the tables here as Markdown too")
    parser.add_argument("--plot", type=Path, help="draw the curves into this picture")
    arguments = parser.parse_args(argv)
    lines: list[str] = []

    def say(line: str = "") -> None:
        print(line, flush=True)
        lines.append(line)

    try:
        sweeps = {}
        for kind, noise in KINDS.items():
            trials = make_trials(arguments.mocap, noise)
            sweeps[kind] = (trials, sweep(trials))
            say_table(f"Held-out motion capture, errors of: {kind}", sweeps[kind][1], say)
            say_equals(sweeps[kind][1], say)
    except GhostcapError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    say_real(say)
    say_speed(say)
    if arguments.table:
        arguments.table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if arguments.plot:
        plot(sweeps, arguments.plot)
    return 0


def sweep(trials: list[Trial]) -> list[Row]:
    """Every method at every setting over all trials."""
    frames = sum(len(trial.poses) for trial in trials)
    rows = []
    for method, setting, smoothing in [("none", "", Smoothing("none")), *settings()]:
        start = time.perf_counter()
        smoothed = [smooth_trial(trial, smoothing) for trial in trials]
        took = time.perf_counter() - start
        scores = [score_motion(joints, trial.truth, trial.fps) for joints, trial in zip(smoothed, trials, strict=True)]
        rows.append(Row(method, setting, mean_score(scores), 1000 * took / frames))
    return rows


def settings() -> list[tuple[str, str, Smoothing]]:
    """Name, setting in words, smoothing."""
    out = []
    for method, values in SWEEPS.items():
        for value in values:
            if method == "smoothnet":
                out.append((method, f"strength {value:g}", Smoothing(method, value)))
            else:
                unit = "s" if method in ("gaussian", "savgol") else "Hz"
                out.append((method, f"{value:g} {unit}", Smoothing(method, amount=value)))
    return out


def say_table(title: str, rows: list[Row], say: Callable[[str], None]) -> None:
    """A Markdown table."""
    say(f"\n### {title}\n")
    say("| method | setting | MPJPE mm | world mm | accel. error mm/frame² | jitter km/s³ | peak kept | hit kept "
        "| lag ms | s per 1,000 frames |")  # fmt: skip
    say("|---|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        s = row.score
        say(f"| {row.method} | {row.setting} | {s.mpjpe_mm:.1f} | {s.global_mm:.1f} | {s.acceleration_mm:.2f} "
            f"| {s.jitter:.2f} | {s.peak_kept:.0%} | {s.hit_kept:.0%} | {s.lag_ms:.0f} "
            f"| {row.seconds_per_1000:.2f} |")  # fmt: skip


def say_equals(rows: list[Row], say: Callable[[str], None]) -> None:
    """The error of the acceleration that each filter has when it keeps as much speed as the network does."""
    ours = next(row.score for row in rows if row.setting == "strength 1")
    for name, title in (("peak_kept", "peak"), ("hit_kept", "hit")):
        parts = []
        for method in [method for method in SWEEPS if method != "smoothnet"]:
            pairs = sorted(
                (getattr(row.score, name), row.score.acceleration_mm) for row in rows if row.method == method
            )
            kept, error = np.array(pairs).T
            if kept[0] <= getattr(ours, name) <= kept[-1]:
                parts.append(f"{method} {np.exp(np.interp(getattr(ours, name), kept, np.log(error))):.2f}")
            else:
                parts.append(f"{method} never" if kept[-1] < getattr(ours, name) else f"{method} < {error[0]:.2f}")
        say(f"\nAcceleration error at the same {title} kept ({getattr(ours, name):.1%}): smoothnet "
            f"{ours.acceleration_mm:.2f}; {', '.join(parts)}.")  # fmt: skip


def say_real(say: Callable[[str], None]) -> None:
    """The real clip: the estimator's own landmarks, and the fitted body."""
    with np.load(CLIP) as file:
        data = {name: file[name] for name in file.files}
    names, fps = [str(name) for name in data["truth_names"]], float(data["fps"])
    truth = data["truth"].astype(float)
    views = sorted({name.split("_")[0] for name in data if name.startswith("cam")})
    seen = {view: _read_view(data, view, fps) for view in views}
    motions = {view: _fit(tracklet, data["size"], fps) for view, tracklet in seen.items()}
    long = {"l": "left", "r": "right"}
    marks = [LANDMARK[f"{long[name[0]]}_{name[2:]}"] for name in names]
    joints = [JOINT[f"{name[0].upper()}_{name[2:].capitalize()}"] for name in names]
    say(f"\n### A real clip, truth from four cameras ({len(views)} views of {len(truth)} frames)\n")
    say("| method | setting | landmarks: accel. error | PA-MPJPE mm | fitted body: accel. error | PA-MPJPE mm |")
    say("|---|---|---|---|---|---|")
    for method, setting, smoothing in [("none", "", Smoothing("none")), *settings()]:
        scores = []
        for view in views:
            world = smooth_positions(seen[view].world.astype(float)[:, marks], fps, smoothing)
            poses, path, rest = motions[view]
            local = smooth_poses(poses, fps, smoothing)
            path = smooth_path(path, fps, smoothing, camera=np.zeros(3))
            body = pose_from_axis_angle(local, rest, path - rest[0]).positions[:, joints]
            scores.append([*_compare(world, truth, rooted=True), *_compare(body, truth, rooted=False)])
        a, b, c, d = np.mean(scores, axis=0)
        say(f"| {method} | {setting} | {a:.2f} | {b:.1f} | {c:.2f} | {d:.1f} |")
    say(f"\nThe truth's own acceleration is {1000 * _length(np.diff(truth, 2, axis=0)).mean():.2f} mm/frame².")


def say_speed(say: Callable[[str], None]) -> None:
    """The vectorised way against loops, in one run."""
    network, _ = choose_network(60)
    rng = np.random.default_rng(0)
    window = network.window
    say(f"\n### {FRAMES:,} frames of 24 joints\n")
    for what, channels in (("positions", 72), ("6D rotations", 144)):
        values = rng.normal(size=(FRAMES, channels)).cumsum(axis=0) * 0.02
        fast = min(_seconds(lambda v=values: slide_network(network, v)) for _ in range(3))

        def by_window(v: Array = values) -> None:
            out = np.zeros_like(v)
            for start in range(FRAMES - window + 1):
                out[start : start + window] += apply_network(network, v[start : start + window].T).T

        def by_channel(v: Array = values) -> None:
            for start in range(100):
                for channel in range(v.shape[1]):
                    apply_network(network, v[start : start + window, channel][None])

        slow, slower = _seconds(by_window), _seconds(by_channel) * FRAMES / 100
        say(f"- {what}: {fast:.2f} s at once; {slow:.2f} s window by window ({slow / fast:.1f} times as long); about "
            f"{slower:.0f} s window by window and channel by channel ({slower / fast:.0f} times).")  # fmt: skip


def plot(sweeps: dict[str, tuple[list[Trial], list[Row]]], path: Path) -> None:
    """Error of the acceleration against the hit kept, and a hit."""
    # A tool of the developers' that no environment needs to hold.
    try:
        from matplotlib.figure import Figure  # pyright: ignore[reportMissingImports] # the same
    except ImportError:
        print("error: --plot takes matplotlib: pip install matplotlib", file=sys.stderr)
        return
    figure = Figure(figsize=(13, 4), dpi=80)
    axes = figure.subplots(1, 3)
    for axis, (kind, (_, rows)) in zip(axes, list(sweeps.items())[:2], strict=False):
        for method in SWEEPS:
            mine = [row.score for row in rows if row.method == method]
            label = "SmoothNet (ours)" if method == "smoothnet" else method
            style = {"linewidth": 3, "color": "black"} if method == "smoothnet" else {"linewidth": 1.2}
            hit, error = [100 * s.hit_kept for s in mine], [s.acceleration_mm for s in mine]
            axis.plot(hit, error, "o-", markersize=4, label=label, **style)
        axis.set(title=f"Errors of: {kind}", xlabel="hit kept, % (right is better)", yscale="log", xlim=(75, 105))
        axis.set_ylabel("acceleration error, mm/frame² (down is better)")
        axis.grid(alpha=0.3, which="both")
    axes[0].legend(fontsize=8)
    _plot_hit(axes[2], next(iter(sweeps.values()))[0])
    figure.tight_layout()
    figure.savefig(path)


def _plot_hit(axis: Any, trials: list[Trial]) -> None:
    """Speed of a wrist around the fastest peak."""
    wrist = JOINT["R_Wrist"]
    speeds = [_length(np.gradient(trial.truth[:, wrist], 1 / trial.fps, axis=0)) for trial in trials]
    # Fast, and not at an end of its clip.
    best = max(range(len(trials)), key=lambda k: speeds[k][60:-60].max() if len(speeds[k]) > 200 else 0.0)
    trial, middle = trials[best], 60 + int(speeds[best][60:-60].argmax())
    part = slice(max(0, middle - 50), middle + 50)
    seconds = (np.arange(len(trial.truth)) - middle)[part] / trial.fps
    for label, smoothing, style in (
        ("as seen", Smoothing("none"), {"color": "0.8"}),
        ("Gaussian 0.09 s", Smoothing("gaussian", amount=0.09), {"color": "tab:red"}),
        ("SmoothNet", Smoothing(), {"color": "black", "linewidth": 2}),
    ):
        joints = smooth_trial(trial, smoothing)
        axis.plot(seconds, _length(np.gradient(joints[:, wrist], 1 / trial.fps, axis=0))[part], label=label, **style)
    axis.plot(seconds, speeds[best][part], "--", color="tab:green", label="truth")
    axis.set(
        title="A fast move", xlabel="s", ylabel="wrist speed, m/s", ylim=(0, 2 * max(FAST, speeds[best][part].max()))
    )
    axis.legend(fontsize=8)


def _read_view(data: dict[str, Array], view: str, fps: float) -> Tracklet:
    count = len(data["truth"])
    bbox, score, landmarks, world = (data[f"{view}_{name}"] for name in ("bbox", "score", "landmarks", "world"))
    return undo_swaps(Tracklet(1, np.arange(count), bbox, score, landmarks, world, np.ones(count, dtype=bool)), fps)


def _fit(tracklet: Tracklet, size: Array, fps: float) -> tuple[Array, Array, Array]:
    """Poses (T, 72) and the root's path (T, 3) in the camera's frame, and the rest joints."""
    body, (width, height) = mannequin_body(), (int(side) for side in size)
    focal = estimate_focal([tracklet], body, width, height, fps)
    motion = fit_motion(tracklet, body, focal, width, height, fps)
    poses = axis_angle_from_matrix(motion.local_rotations).reshape(len(tracklet.frame), -1)
    return poses, motion.root, body.rest_joints(motion.shape.betas)


def _compare(points: Array, truth: Array, rooted: bool) -> tuple[float, float]:
    """Error of the acceleration after one rigid alignment, and PA-MPJPE; mm."""
    if rooted:
        points, truth = (q - q[:, :2].mean(axis=1, keepdims=True) for q in (points, truth))
    turned = _align(points.reshape(-1, 3), truth.reshape(-1, 3), scale=False).reshape(points.shape)
    aligned = np.stack([_align(a, b, scale=True) for a, b in zip(points, truth, strict=True)])
    error = 1000 * _length(np.diff(turned - truth, 2, axis=0)).mean()
    return float(error), float(1000 * _length(aligned - truth).mean())


def _align(a: Array, b: Array, scale: bool) -> Array:
    """Points a (N, 3) brought onto b with the least squared error (Umeyama 1991)."""
    middle_a, middle_b = a.mean(axis=0), b.mean(axis=0)
    u, d, vt = np.linalg.svd((a - middle_a).T @ (b - middle_b))
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    size = (d * sign).sum() / ((a - middle_a) ** 2).sum() if scale else 1.0
    return size * (a - middle_a) @ ((u * sign) @ vt) + middle_b


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _length(vectors: Array) -> Array:
    return np.linalg.norm(vectors, axis=-1)


if __name__ == "__main__":
    sys.exit(main())
