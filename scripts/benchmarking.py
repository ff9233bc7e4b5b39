# SPDX-License-Identifier: GPL-3.0-or-later
"""What scripts/bench.py does, once it is known that Python is new enough."""

from __future__ import annotations

import sys

import checkout


def main() -> int:
    """Run the benchmark named first; its exit code."""
    folder = checkout.ROOT / "scripts" / "benchmarks"
    names = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    if len(sys.argv) < 2 or sys.argv[1] not in names:
        asked = len(sys.argv) > 1 and sys.argv[1] in ("-h", "--help")
        print(f"usage: python3 scripts/bench.py {{{','.join(names)}}} [options]", file=sys.stderr)
        return 0 if asked else 2
    try:
        python = checkout.make_environment("backend", ["backend", "hmr2", "test"], checkout.print_event)
    except checkout.Failed as failure:
        return failure.exit_code
    except KeyboardInterrupt:
        return checkout.EXIT_CANCELLED
    return checkout.run([python, folder / f"{sys.argv[1]}.py", *sys.argv[2:]])
