# SPDX-License-Identifier: GPL-3.0-or-later
"""The check at the end of an installation: each part really runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from .problem import EnvironmentProblem
from .programs import run_program
from .pythons import python_of
from .reporting import Reporter

BPY_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXrender.so.1": "libxrender1",
    "libXxf86vm.so.1": "libxxf86vm1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""What the bpy module wants of a Linux system, and the Debian packages that have it."""

CHECKS = {
    "backend": ["-m", "ghostcap.hmr_backend.self_check"],
    "hmr2": ["-m", "ghostcap.hmr_backend.hmr2.self_check"],
    "bpy-4.5": ["-c", "import bpy, ghostcap.motion; print('bpy', bpy.app.version_string)"],
    "bpy-5.2": ["-c", "import bpy, ghostcap.motion; print('bpy', bpy.app.version_string)"],
    "bpy-test": ["-c", "import hypothesis, pytest, ufbx; print('pytest', pytest.__version__)"],
    "test": ["-c", "import hypothesis, importlinter, pyright, pytest, ufbx; print('pytest', pytest.__version__)"],
}


def check(folder: Path, parts: Sequence[str], reporter: Reporter) -> None:
    """Run each part for real; EnvironmentProblem names the one that fails."""
    for part in parts:
        command = [python_of(folder), *CHECKS[part]]
        code, output = run_program(command, tick=lambda: reporter.progress(0, 0))
        lines = [line for line in output.splitlines() if line.strip()] or ["it said nothing"]
        if code:
            raise _explain_import(part, lines[-1])
        reporter.note(f"{part}: {'; '.join(lines)}")


def _explain_import(part: str, said: str) -> EnvironmentProblem:
    library = re.search(r"(lib[\w.+-]+\.so[.\d]*): cannot open shared object file", said)
    if library:
        wanted = " ".join(sorted(BPY_LIBRARIES.values()))
        return EnvironmentProblem(
            f"{part} needs the system library {library[1]}.", f"Debian, Ubuntu: sudo apt install {wanted}", "no_library"
        )
    return EnvironmentProblem(f"{part} does not run: {said}.", "Remove the folder and install again.", "check_failed")
