# SPDX-License-Identifier: GPL-3.0-or-later
"""Work ahead: a source runs in a thread of its own, a few items before its reader."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
_END = object()


def read_ahead(source: Iterable[Item], most: int) -> Iterator[Item]:
    """The items of `source`, at most so many of them made ahead. What it raises is raised here.

    When the reader stops early (close the iterator), so does the source, after the item it is at.
    """
    items: queue.Queue[object] = queue.Queue(most)
    stopped = threading.Event()
    failure: list[BaseException] = []

    def put(item: object) -> None:
        while not stopped.is_set():
            try:
                items.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    def run() -> None:
        try:
            with _closing(iter(source)) as iterator:
                for item in iterator:
                    put(item)
                    if stopped.is_set():
                        break
        except BaseException as error:  # noqa: BLE001 - raised again in the reader
            failure.append(error)
        put(_END)

    thread = threading.Thread(target=run, name="read-ahead", daemon=True)
    thread.start()
    try:
        while (item := items.get()) is not _END:
            yield item  # type: ignore[misc] - all but _END are the source's
        if failure:
            raise failure[0]
    finally:
        stopped.set()
        thread.join()


@contextmanager
def _closing(iterator: Iterator[Item]) -> Iterator[Iterator[Item]]:
    """Ends a generator here, in the thread that it ran in."""
    try:
        yield iterator
    finally:
        if isinstance(iterator, Generator):
            iterator.close()
