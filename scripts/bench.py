# SPDX-License-Identifier: GPL-3.0-or-later
"""Benchmarks: `python scripts/bench.py NAME [options]` runs scripts/benchmarks/NAME.py."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - see run.py
    sys.exit("error: Ghostcap needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

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
        python = checkout.make_environment("backend", ["backend", "test"], checkout.print_event)
    except checkout.Failed as failure:
        return failure.exit_code
    except KeyboardInterrupt:
        return checkout.EXIT_CANCELLED
    return checkout.run([python, folder / f"{sys.argv[1]}.py", *sys.argv[2:]])


if __name__ == "__main__":
    sys.exit(main())
