# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip to try things on: Sports2D's demo (BSD-3-Clause), two people outdoors. `python -m` prints its path."""

from __future__ import annotations

import sys
from pathlib import Path

from ..motion.errors import GhostcapError
from .interrupts import interruptible
from .progress import Cancelled, Reporter
from .wheels import DataFile, Wheel, fetch_files

SPORTS2D = Wheel(
    requirement="sports2d==0.8.34",
    title="The sample clip",
    license="BSD-3-Clause",
    size=9050415,
    sha256="733b6db70742636ae9c35d870c22bd416582f579abd5881bee93a14bb0e2655d",
    files=(DataFile("Sports2D/Demo/demo.mp4", "d9a66417185647b112304b57093f0c180f37a768e6a14daca75ca541f3b78039"),),
    tags=("--python-version", "311"),
)


def ensure_sample_clip(reporter: Reporter, offline: bool = False) -> Path:
    """The clip, fetched when it is not there; errors as of `models.ensure_models`."""
    return fetch_files(SPORTS2D, "sports2d-0.8.34", reporter, offline)[0]


def main() -> int:
    """Print where the clip lies; the exit code tells whether it does."""
    from .reporting import ProgressBar

    with interruptible() as interrupt:
        outlet = ProgressBar(interrupt)
        try:
            path = ensure_sample_clip(outlet, offline="--offline" in sys.argv[1:])
        except GhostcapError as error:
            outlet.error(error)
            return 1
        except (Cancelled, KeyboardInterrupt):
            outlet.error(GhostcapError("Cancelled.", "Give the same command again to go on.", "cancelled"))
            return 130
        finally:
            outlet.close()
    print(path)  # noqa: T201 - the answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
