# SPDX-License-Identifier: GPL-3.0-or-later
"""Benchmarks: `python scripts/bench.py NAME [options]` runs scripts/benchmarks/NAME.py."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - see run.py
    sys.exit("error: Ghostcap needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

from benchmarking import main

if __name__ == "__main__":
    sys.exit(main())
