# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs run for the user: what they say is passed on, and nothing of them is left after a cancel."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from ghostcap.hmr_backend.environment.locks import locked
from ghostcap.hmr_backend.environment.pip import Download, run_pip
from ghostcap.hmr_backend.environment.problem import EnvironmentProblem
from ghostcap.hmr_backend.environment.programs import run_program

_PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


class Stopped(BaseException):
    """The user cancelled."""


def test_output_and_exit_code_are_passed_on() -> None:
    """Progress is read from the lines, failure from the code."""
    lines: list[str] = []
    code, tail = run_program([sys.executable, "-c", "print('ä'); import sys; sys.exit(3)"], lines.append)
    assert (code, lines, tail) == (3, ["ä"], "ä\n")


@pytest.mark.skipif(os.name == "nt", reason="looks for processes as POSIX does")
def test_cancelling_ends_the_program_and_what_it_started() -> None:
    """A pip that goes on in the background would fight with the next try."""
    pids: list[int] = []

    def tick() -> None:
        if pids:
            raise Stopped

    with pytest.raises(Stopped):
        run_program([sys.executable, "-c", _PARENT], lambda line: pids.append(int(line)), tick)
    deadline = time.monotonic() + 30
    while _is_running(pids[0]):
        assert time.monotonic() < deadline, "the program's child still runs"
        time.sleep(0.05)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def test_a_program_that_is_not_there_is_named() -> None:
    """Without a traceback."""
    with pytest.raises(EnvironmentProblem, match="can't be started"):
        run_program(["/nowhere/program"])


def test_pip_without_an_index_is_a_problem_of_the_network() -> None:
    """What real pip prints has to be understood."""
    variables = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
    with pytest.raises(EnvironmentProblem, match="ghostcap-is-not-there") as caught:
        run_pip(Path(sys.executable), ["download", "ghostcap-is-not-there"], variables=variables)
    assert caught.value.code == "no_network"


def test_the_download_adds_up() -> None:
    """The bar must neither jump back nor pass its end."""
    count = Download(10)
    seen = []
    lines = """\
Progress 1000000 of 4000000
Progress 4000000 of 4000000
Collecting b
  Using cached b.whl (2.5 MB)
Progress 500000 of 9000000
Progress 9000000 of 9000000"""
    for line in lines.splitlines():
        count.read(line)
        seen.append(count.megabytes)
    assert seen == [1, 4, 4, 6, 7, 10]


def test_a_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    """Two commands started at once must not install into one folder."""
    order: list[str] = []

    def second() -> None:
        with locked(tmp_path / "lock"):
            order.append("second")

    with locked(tmp_path / "lock"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.5)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
