# SPDX-License-Identifier: GPL-3.0-or-later
"""What scripts/test.py does, once it is known that Python is new enough."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from xml.etree import ElementTree as ET

import checkout

ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    "backend": ("backend", "hmr2", "test"),
    "bpy-5.2": ("bpy-5.2", "bpy-test"),
    "bpy-4.5": ("bpy-4.5", "bpy-test"),
}
"""Their names and parts. bpy can be imported once in a process, and each Blender has its own Python and NumPy."""

IN_BLENDER = ("tests/addon", "tests/motion")
NOT_IN_BACKEND = "tests/addon"
AT_A_TIME = 2

Item = TypeVar("Item")
Result = TypeVar("Result")

_NO_TESTS = 5
_RUN_PYTEST = """
import os, sys, pytest
code = pytest.main(sys.argv[1:])
sys.stdout.flush(), sys.stderr.flush()
# At a normal exit Blender 4.5's module may wait for ever for a thread of its own.
os._exit(code)
"""
_print_lock = threading.Lock()


@dataclass(frozen=True)
class Count:
    """Results of tests and checks."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        counts = f"{self.passed} passed, {self.failed} failed"
        return f"{counts}, {self.skipped} skipped" if self.skipped else counts


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; 0 when all passed, 1 when not, 130 when cancelled."""
    parser = _build_parser()
    arguments, pytest_arguments = parser.parse_known_args(argv)
    if arguments.blender:
        blender = shutil.which(arguments.blender)
        if blender is None:
            parser.error(f"{arguments.blender} is no program that can be run")
        # Tests that need the program itself, with a window or without, look there.
        os.environ["BLENDER"] = str(Path(blender).absolute())
    pytest_arguments = [_absolute(text) for text in pytest_arguments]
    wanted = arguments.only or (["backend", "bpy-5.2", "bpy-4.5"] if pytest_arguments else [*ENVIRONMENTS, "lint"])
    try:
        ready, count = _make_environments([name for name in ENVIRONMENTS if _is_needed(name, wanted, pytest_arguments)])
        jobs: dict[str, Callable[[], Count]] = {
            name: lambda name=name: _run_pytest(name, pytest_arguments) for name in ready if name in wanted
        }
        if "lint" in wanted and "backend" in ready:
            jobs["lint"] = _run_checks
        count = sum(_side_by_side(lambda job: job(), jobs.values()), count)
    except KeyboardInterrupt:
        return checkout.EXIT_CANCELLED
    print(count, flush=True)
    return 1 if count.failed or not count.passed else 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/test.py",
        usage="python3 scripts/test.py [--only PART ...] [--blender PATH] [pytest's arguments]",
        description="Run all checks and tests in environments made for them (.venvs/). The last line counts them.",
        epilog="With pytest's arguments only tests run: python3 scripts/test.py tests/motion -k rotation",
        allow_abbrev=False,
    )
    parts = [*ENVIRONMENTS, "lint"]
    parser.add_argument("--only", action="append", choices=parts, help=f"one of {', '.join(parts)}; may be repeated")
    parser.add_argument(
        "--blender",
        default="",
        metavar="PATH",
        help="a Blender program to test in, too; its window is driven where Xvfb is installed (default: BLENDER)",
    )
    return parser


def _absolute(argument: str) -> str:
    """Paths are the user's, and pytest runs in the checkout."""
    name, mark, test = argument.partition("::")
    return f"{Path(name).resolve()}{mark}{test}" if not name.startswith("-") and Path(name).exists() else argument


def _is_needed(name: str, wanted: Sequence[str], pytest_arguments: Sequence[str]) -> bool:
    if name == "backend" and "lint" in wanted:
        return True
    return name in wanted and bool(_tests_for(name, pytest_arguments))


def _tests_for(name: str, pytest_arguments: Sequence[str]) -> list[str]:
    """pytest's arguments for one environment; empty when they name tests of others only."""

    def belongs(path: str) -> bool:
        inside = Path(path.partition("::")[0])
        in_blender = any(inside.is_relative_to(checkout.ROOT / folder) for folder in IN_BLENDER)
        return in_blender if name != "backend" else not inside.is_relative_to(checkout.ROOT / NOT_IN_BACKEND)

    paths = [text for text in pytest_arguments if text.startswith(str(checkout.ROOT))]
    options = [text for text in pytest_arguments if text not in paths]
    if paths:
        mine = [path for path in paths if belongs(path)]
        return [*mine, *options] if mine else []
    if name == "backend":
        return ["tests", f"--ignore={NOT_IN_BACKEND}", *options]
    return [*(folder for folder in IN_BLENDER if (checkout.ROOT / folder).is_dir()), *options]


def _make_environments(names: Sequence[str]) -> tuple[list[str], Count]:
    """Those that are ready, and a failure for each that could not be made. Without its Python one is left out."""

    def make(name: str) -> Count | None:
        def say(event: checkout.Event) -> None:
            if (line := checkout.describe(event)) and event["event"] != "error":
                _say(f"[{name}] {line}")

        try:
            checkout.make_environment(name, ENVIRONMENTS[name], say)
        except checkout.Failed as failure:
            if failure.exit_code == checkout.EXIT_CANCELLED:
                raise KeyboardInterrupt from failure
            if failure.code == "no_python" and name != "backend":
                _say(f"[{name}] left out: {failure.message}")
                return Count()
            _say(f"[{name}] error: {failure.message}")
            return Count(failed=1)
        return None

    results = dict(zip(names, _side_by_side(make, names), strict=True))
    failures = [result for result in results.values() if result is not None]
    return [name for name, result in results.items() if result is None], sum(failures, Count())


def _side_by_side(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """The results of work on some items, two at a time; after Ctrl-C none of those that wait is begun."""
    pool = ThreadPoolExecutor(AT_A_TIME)
    try:
        return [future.result() for future in [pool.submit(work, item) for item in items]]
    finally:
        pool.shutdown(cancel_futures=True)


def _run_pytest(name: str, pytest_arguments: Sequence[str]) -> Count:
    arguments = _tests_for(name, pytest_arguments)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        report = Path(folder) / "report.xml"
        options = ["--junitxml", str(report), "-p", "no:cacheprovider", "-o", "junit_family=xunit2"]
        code = _run(name, [checkout.python_of(name), "-c", _RUN_PYTEST, *options, *arguments])
        if code == _NO_TESTS and pytest_arguments:
            return Count()
        count = _read_report(report)
    # A crash, or an error outside the tests, leaves no failed test behind.
    return count if code == 0 or count.failed else count + Count(failed=1)


def _read_report(report: Path) -> Count:
    try:
        suites = ET.parse(report).getroot().iter("testsuite")  # noqa: S314 - pytest has just written it
    except (OSError, ET.ParseError):
        return Count()
    total = Count()
    for suite in suites:
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        total += Count(int(suite.get("tests", 0)) - failed - skipped, failed, skipped)
    return total


def _run_checks() -> Count:
    python = checkout.python_of("backend")
    _link_package()
    checks: dict[str, list[str | Path]] = {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "import-linter": [python.parent / "lint-imports", "--no-cache"],
        "pyright": [python, "-m", "pyright", "--pythonpath", python],
    }
    # Blender's own tool; it comes with the bpy module and runs without Blender.
    tools = sorted(checkout.VENVS.glob("bpy-*/**/addons_core/bl_pkg/cli/blender_ext.py"))
    if tools:
        checks["manifest"] = [python, tools[-1], "validate", checkout.ROOT]
    codes = [_run(name, command) for name, command in checks.items()]
    return Count(codes.count(0), len(codes) - codes.count(0), 0 if tools else 1)


def _link_package() -> None:
    """.venvs/linked/ghostcap -> the checkout, for pyright, which does not follow an editable installation."""
    link = checkout.VENVS / "linked" / "ghostcap"
    link.parent.mkdir(exist_ok=True)
    if link.exists():
        return
    link.unlink(missing_ok=True)
    if sys.platform == "win32":
        import _winapi  # a junction needs no rights, a symbolic link does

        _winapi.CreateJunction(str(checkout.ROOT), str(link))
    else:
        link.symlink_to(checkout.ROOT, target_is_directory=True)


def _run(name: str, command: Sequence[str | Path]) -> int:
    """Run one thing and show what it said, in a piece, when it is through."""
    start = time.monotonic()
    answer = subprocess.run(
        [str(part) for part in command],
        cwd=checkout.ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    state = "ok" if answer.returncode == 0 else f"exit code {answer.returncode}"
    _say(f"===== {name}: {state}, {time.monotonic() - start:.0f} s\n{answer.stdout.strip()}")
    return answer.returncode


def _say(text: str) -> None:
    with _print_lock:
        print(text, flush=True)
