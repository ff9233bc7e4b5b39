# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Python makes the environment: a wrong one fails late and unclearly, so it is refused early and clearly."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from ghostcap.hmr_backend.environment.problem import EnvironmentProblem
from ghostcap.hmr_backend.environment.pythons import ask, find_python

THIS = f"{sys.version_info.major}.{sys.version_info.minor}"


def test_the_python_that_runs_is_taken_when_it_fits() -> None:
    """Who starts the script with a Python of their choice gets that one."""
    found = find_python([THIS])
    assert ask([str(found), "-c", "import sys; print(sys.prefix == sys.base_prefix)"]) == "True"
    assert ask([str(found), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]) == THIS


def test_without_a_fitting_python_the_user_learns_what_to_install() -> None:
    """The message names the version that is wanted, and those found in vain."""
    with pytest.raises(EnvironmentProblem, match=r"No usable Python 3\.2 was found.*Install it") as caught:
        find_python(["3.2"])
    assert caught.value.code == "no_python"


def test_a_given_python_of_the_wrong_version_is_refused() -> None:
    """--python must not be replaced by another one silently."""
    with pytest.raises(EnvironmentProblem, match=rf"it is Python {THIS}"):
        find_python(["3.2"], Path(sys.executable))


def test_a_given_program_that_is_no_python_is_refused() -> None:
    """A path that does not exist, and a program that is something else."""
    with pytest.raises(EnvironmentProblem, match="no such program"):
        find_python([THIS], Path("/nowhere/python"))
    other = shutil.which("true") or shutil.which("whoami")
    assert other
    with pytest.raises(EnvironmentProblem, match="can't be used"):
        find_python([THIS], Path(other))
