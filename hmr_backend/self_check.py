# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs each library of the backend for real: an import alone does not show that a native library works here."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from importlib import metadata

import numpy as np


def check_av() -> None:
    """FFmpeg encodes a picture and decodes it again."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for packet in (
            *stream.encode(av.VideoFrame.from_ndarray(np.full((64, 64, 3), 200, np.uint8))),
            *stream.encode(),
        ):
            container.mux(packet)
    file.seek(0)
    with av.open(file, "r") as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    _expect(len(frames) == 1 and abs(float(frames[0].mean()) - 200) < 10)


def check_opencv() -> None:
    """OpenCV scales a picture."""
    import cv2

    _expect(cv2.resize(np.full((8, 8, 3), 7, np.uint8), (4, 4)).shape == (4, 4, 3))


def check_litert() -> None:
    """LiteRT's native library looks at a model, and sees that this is none."""
    from ai_edge_litert.interpreter import Interpreter

    try:
        Interpreter(model_content=bytes(64))
    except ValueError:
        return
    _expect(False)


def check_scipy() -> None:
    """SciPy solves a least-squares problem."""
    from scipy.optimize import least_squares

    _expect(abs(least_squares(lambda x: x - 3.0, [0.0]).x[0] - 3.0) < 1e-6)


def check_simplification() -> None:
    """The mesh simplifier takes a mesh."""
    import fast_simplification

    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [0.5, 0.5, 0.1]], dtype=np.float64)
    faces = np.array([[0, 1, 4], [1, 3, 4], [3, 2, 4], [2, 0, 4]], dtype=np.int32)
    _expect(len(fast_simplification.simplify(points, faces, 0.5)[1]) <= len(faces))


def check_mannequin() -> None:
    """The mannequin's data is there."""
    from .mannequin import mannequin_body

    _expect(len(mannequin_body().vertices) > 0)


def check_console() -> None:
    """rich and joblib are there."""
    import joblib
    import rich.console

    _expect(callable(joblib.Parallel) and callable(rich.console.Console))


CHECKS: dict[str, Callable[[], None]] = {
    "av": check_av,
    "opencv-python-headless": check_opencv,
    "ai-edge-litert": check_litert,
    "scipy": check_scipy,
    "fast-simplification": check_simplification,
    "mannequin-x": check_mannequin,
    "rich": check_console,
}


def main() -> int:
    """Run all; a line with what works, or with the first that does not. The exit code tells."""
    for name, check in CHECKS.items():
        try:
            check()
        except Exception as error:  # noqa: BLE001 - whatever a broken library does is the finding
            print(f"{name} fails: {type(error).__name__}: {error}".splitlines()[0])  # noqa: T201 - the answer
            return 1
    print(", ".join(f"{name} {metadata.version(name)}" for name in CHECKS))  # noqa: T201 - the answer
    return 0


def _expect(fact: bool) -> None:
    if not fact:
        raise RuntimeError("it gives a wrong answer")


if __name__ == "__main__":
    sys.exit(main())
