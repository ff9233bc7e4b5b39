# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender with a window, once for all tests; and what they report besides passing, shown at the end in any case."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from ghostcap.tests.gui.window import BLENDER, XVFB, Window, install, open_screen

_LINES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def tell(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Adds a line to the report."""
    return pytestconfig.stash.setdefault(_LINES, []).append


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A Blender with the extension, its files and its screen."""
    if BLENDER is None:
        pytest.skip("no Blender program here; name one with --blender or BLENDER")
    if XVFB is None:
        pytest.skip("no Xvfb here to draw a window on")
    folder = tmp_path_factory.mktemp("blender")
    with open_screen(tmp_path_factory.mktemp("screen")) as screen:
        own = {
            "BLENDER_USER_RESOURCES": str(folder / "user"),
            "DISPLAY": screen.name,
            # Another Mesa, of bpy's tests that run beside, may cut the user's cache short while it is in use: SIGBUS.
            "MESA_SHADER_CACHE_DIR": str(folder / "shaders"),
        }
        environment = {**os.environ, **own}
        install(folder, environment)
        yield Window(screen, environment)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(_LINES, []):
        terminalreporter.write_line(line)
