# SPDX-License-Identifier: GPL-3.0-or-later
"""Pickles as other programs write them, made without those programs."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def stand_in(full_name: str, base: type = object) -> Iterator[type]:
    """A class that pickles as `full_name`, in a module that is gone afterwards."""
    module_name, _, name = full_name.rpartition(".")
    parts = module_name.split(".")
    modules = {".".join(parts[: n + 1]): types.ModuleType(".".join(parts[: n + 1])) for n in range(len(parts))}
    before = {key: sys.modules.get(key) for key in modules}
    sys.modules.update(modules)
    made = type(name, (base,), {"__module__": module_name})
    setattr(modules[module_name], name, made)
    try:
        yield made
    finally:
        for key, module in before.items():
            if module is None:
                sys.modules.pop(key, None)
            else:
                sys.modules[key] = module


@pytest.fixture(scope="session")
def make_stand_in() -> Callable[..., object]:
    """`stand_in`, for test files: they can't import this one."""
    return stand_in
