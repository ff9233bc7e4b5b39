# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated mouse and keyboard for a Blender window, and what the window thread was kept from.

A story is a generator: it yields seconds to wait, or a function to wait for. Buttons are found as a person finds them,
by going over the panel with the mouse, and asking Blender what lies under it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import bpy

Step = float | Callable[[], Any]
Story = Generator[Step, None, Any]
TICK = 0.03
_PATIENCE = 240.0


def area_of(kind: str) -> Any:
    """The largest area of a kind."""
    areas = [area for area in bpy.context.window_manager.windows[0].screen.areas if area.type == kind]
    return max(areas, key=lambda area: area.width * area.height)


def region_of(area: Any, kind: str) -> Any:
    """A region of an area."""
    return next(region for region in area.regions if region.type == kind)


def send(kind: str, value: str, place: tuple[int, int]) -> None:
    """One event at a place in the window."""
    bpy.context.window_manager.windows[0].event_simulate(type=kind, value=value, x=place[0], y=place[1])


def press(kind: str, place: tuple[int, int]) -> Story:
    """Press and release a key or mouse button."""
    send("MOUSEMOVE", "NOTHING", place)
    yield TICK
    send(kind, "PRESS", place)
    yield TICK
    send(kind, "RELEASE", place)
    yield 2 * TICK


def drag(start: tuple[int, int], pixels: int) -> Story:
    """Drag a slider to the right by so many pixels."""
    send("MOUSEMOVE", "NOTHING", start)
    yield TICK
    send("LEFTMOUSE", "PRESS", start)
    yield TICK
    steps = 12
    for step in range(1, steps + 1):
        send("MOUSEMOVE", "NOTHING", (start[0] + pixels * step // steps, start[1]))
        yield TICK
    send("LEFTMOUSE", "RELEASE", (start[0] + pixels, start[1]))
    yield 2 * TICK


def under_mouse(area: Any, region: Any) -> str:
    """The operator's call, or the property's path, of the button under the mouse; empty without one."""
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, area=area, region=region):
        if (found := bpy.context.property) is not None:
            return found[1]
        window_manager = bpy.context.window_manager
        window_manager.clipboard = ""
        if bpy.ops.ui.copy_python_command_button.poll():
            bpy.ops.ui.copy_python_command_button()
        return window_manager.clipboard


def find_button(wanted: str, across: Iterable[float] = (0.45,), area_kind: str = "VIEW_3D") -> Story:
    """The place of the button whose call or path ends with or begins as `wanted`; LookupError without one.

    `across` are the columns to go down, as parts of the sidebar's width.
    """
    area = area_of(area_kind)
    region = region_of(area, "UI")
    seen = set()
    for y in range(region.y + region.height - 6, region.y, -9):
        for part in across:
            place = (region.x + int(part * region.width), y)
            send("MOUSEMOVE", "NOTHING", place)
            yield TICK
            found = under_mouse(area, region)
            seen.add(found)
            if not _fits(found, wanted):
                continue
            # A window busy drawing may still have the last place's button for the one under the mouse.
            yield 0.2
            yield TICK
            if _fits(under_mouse(area, region), wanted):
                return place
    raise LookupError(f"No button {wanted} in the sidebar; it has {sorted(seen)}")


def _fits(found: str, wanted: str) -> bool:
    return found.startswith(wanted) or found.endswith(wanted)


def click_button(wanted: str, across: Iterable[float] = (0.45,)) -> Story:
    """Find a button of the sidebar and click it."""
    place = yield from find_button(wanted, across)
    yield from press("LEFTMOUSE", place)
    return place


class Heartbeat:
    """How long the window thread was kept from its timers, and how long by the extension's own code; by phase."""

    def __init__(self, package: str) -> None:
        self.phase = ""
        self.gaps: dict[str, float] = {}
        self.own: dict[str, float] = {}
        self.slowest: dict[str, str] = {}
        self._last = time.perf_counter()
        self._package = package
        self._begun: list[float] = []

    def start(self) -> None:
        """Beat every 5 ms; watch the extension's code where Python can (3.12 and newer)."""
        bpy.app.timers.register(self._beat, persistent=True)
        if sys.version_info >= (3, 12):
            self._watch(sys.monitoring)

    def enter(self, phase: str) -> None:
        """What follows is counted under this name."""
        self._beat()
        self.phase = phase

    def _beat(self) -> float:
        now = time.perf_counter()
        if self.phase:
            self.gaps[self.phase] = max(self.gaps.get(self.phase, 0.0), now - self._last)
        self._last = now
        return 0.005

    def _watch(self, monitoring: Any) -> None:
        tool, events = monitoring.PROFILER_ID, monitoring.events
        monitoring.use_tool_id(tool, "heartbeat")

        def ours(code: Any) -> bool:
            return self._package in code.co_filename

        def begin(code: Any, _offset: int, *_: Any) -> Any:
            if not ours(code):
                return monitoring.DISABLE
            self._begun.append(time.perf_counter())
            return None

        def end(code: Any, _offset: int, *_: Any) -> Any:
            if not ours(code):
                return monitoring.DISABLE
            self._end(code)
            return None

        def unwind(code: Any, _offset: int, *_: Any) -> None:
            if ours(code):
                self._end(code)

        callbacks = {
            events.PY_START: begin,
            events.PY_RESUME: begin,
            events.PY_RETURN: end,
            events.PY_YIELD: end,
            events.PY_UNWIND: unwind,
        }
        for event, callback in callbacks.items():
            monitoring.register_callback(tool, event, callback)
        monitoring.set_events(tool, sum(callbacks))

    def _end(self, code: Any) -> None:
        if not self._begun:
            return
        begun = self._begun.pop()
        length = time.perf_counter() - begun
        if not self._begun and self.phase and length > self.own.get(self.phase, 0.0):
            self.own[self.phase] = length
            self.slowest[self.phase] = f"{Path(code.co_filename).name}: {code.co_qualname}"


def play(story: Story, on_end: Callable[[BaseException | None], None]) -> None:
    """Play a story beside Blender's own work."""
    waiting: list[Callable[[], Any]] = []
    until = [0.0]

    def step() -> float | None:
        try:
            if waiting:
                if not waiting[0]():
                    if time.monotonic() > until[0]:
                        raise TimeoutError(f"Waited in vain at line {_line_of(story)}")
                    return 0.05
                waiting.clear()
            wish = next(story)
        except StopIteration:
            on_end(None)
            return None
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is told, and Blender is ended
            on_end(error)
            return None
        if callable(wish):
            waiting.append(wish)
            until[0] = time.monotonic() + _PATIENCE
            return TICK
        return wish

    bpy.app.timers.register(step, first_interval=1.0, persistent=True)


def _line_of(story: Any) -> int:
    while getattr(story, "gi_yieldfrom", None) is not None:
        story = story.gi_yieldfrom
    return story.gi_frame.f_lineno if story.gi_frame else 0
