# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the zip that Blender installs, with Blender's own tool, which also validates it.

python3 scripts/build_extension.py [--out DIR] [--blender PATH]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import checkout

_TOOL = "scripts/addons_core/bl_pkg/cli/blender_ext.py"


def main(argv: Sequence[str] | None = None) -> int:
    """Build, validate, and print the zip's path; the exit code."""
    arguments = _build_parser().parse_args(argv)
    try:
        blender = Path(checkout.ensure_blender(arguments.blender, checkout.print_event))
    except checkout.Failed as failure:
        return failure.exit_code
    tool = find_tool(blender)
    version = tomllib.loads((checkout.ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))["version"]
    target: Path = arguments.out.absolute() / f"ghostcap-{version}.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    # Built under another name: a zip that is there stays until the new one is known to be good.
    unfinished = target.with_name(f".{target.name}.part.zip")
    try:
        for command in (
            ["build", "--source-dir", str(checkout.ROOT), "--output-filepath", str(unfinished)],
            ["validate", str(unfinished)],
        ):
            code = subprocess.run([*tool, *command], check=False, stdout=sys.stderr).returncode
            if code:
                print("error: Blender's tool refuses the extension; see above.", file=sys.stderr)
                return 1
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    with zipfile.ZipFile(target) as archive:
        count = len(archive.namelist())
    print(f"{count} files, {target.stat().st_size / 1e6:.1f} MB", file=sys.stderr)
    print(target)
    return 0


def find_tool(blender: Path) -> list[str]:
    """The command line of Blender's extension tool: of the program, or of the module that a Python has."""
    look = "import importlib.util as u; s = u.find_spec('bpy'); print(s.submodule_search_locations[0] if s else '')"
    answer = subprocess.run([str(blender), "-c", look], capture_output=True, text=True, check=False)
    package = Path((answer.stdout.strip().splitlines() or [""])[-1])
    tools = sorted(package.glob(f"*/{_TOOL}")) if "python" in blender.name else []
    return [str(blender), str(tools[-1])] if tools else [str(blender), "--command", "extension"]


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/build_extension.py",
        description="Make the zip that Blender installs (Preferences > Get Extensions > Install from Disk).",
        epilog="exit codes: 0 done, 1 failed, 2 wrong usage",
    )
    parser.add_argument("--out", type=Path, default=checkout.ROOT / "dist", metavar="DIR", help="default: dist/")
    parser.add_argument("--blender", default="", metavar="PATH", help="Blender, or a Python with its module")
    return parser


if __name__ == "__main__":
    sys.exit(main())
