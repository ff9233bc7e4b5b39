# SPDX-License-Identifier: GPL-3.0-or-later
"""`ghostcap weights`: what HMR2 and imports need and Ghostcap may not hand out; take in the user's files."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from ...motion.errors import GhostcapError
from ..interrupts import Interrupt
from ..reporting import Outlet
from ..weights import (
    ALL,
    HMR2,
    HMR2_URL,
    Weights,
    add_weights,
    fetch_network,
    weights_folder,
    weights_path,
)

HELP = "list or add the weights and bodies that you fetch yourself"
DESCRIPTION = """\
List what the estimator hmr2 and `ghostcap import` need beside Ghostcap: what is there, what is missing, where it comes
from, under which licence, how large it is. Add what you have downloaded.
  ghostcap weights                 list
  ghostcap weights add FILE...     check, convert and keep: hmr2_data.tar.gz, a .ckpt, SMPL's .pkl, SMPL-X's .npz
  ghostcap weights fetch --yes     get HMR 2.0b's network from its authors; goes on where it broke off
SMPL you have to fetch yourself: its authors want you to register. Nothing in these files is run.
The files themselves are not needed afterwards."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("action", nargs="?", choices=["list", "add", "fetch"], default="list", help="default: list")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="what to add")
    parser.add_argument("--url", default=HMR2_URL, help="where to fetch from, when the authors' address has moved")
    parser.add_argument("--yes", action="store_true", help="you have read the licence and want it fetched")


def run(arguments: argparse.Namespace, outlet: Outlet, interrupt: Interrupt) -> bool:  # noqa: ARG001 - as all commands
    """List, or add each file; False when one could not be added."""
    if (arguments.action == "add") != bool(arguments.files):
        raise GhostcapError("`add` needs files, and nothing else does.", "See ghostcap weights --help.", "usage")
    if arguments.action == "list":
        _list()
        return True
    if arguments.action == "fetch":
        outlet.note(f"{HMR2.title}, {HMR2.size}, from {arguments.url}. Licence: {HMR2.license}.")
        if not arguments.yes:
            raise GhostcapError("Nothing was fetched.", "Give --yes when you agree.", "usage")
        outlet.stage("fetch", 1, 1)
        fetch_network(arguments.url, outlet)
        outlet.done(weights=str(weights_folder()))
        return True
    done = True
    for number, path in enumerate(arguments.files, 1):
        outlet.stage("add", number, len(arguments.files))
        try:
            for weights in add_weights(path, outlet):
                outlet.note(f"{path.name}: {weights.title}, kept in {weights_path(weights)}.")
        except GhostcapError as error:
            if len(arguments.files) == 1:
                raise
            outlet.error(error, str(path))
            done = False
    if done:
        outlet.done(weights=str(weights_folder()))
    return done


def _list() -> None:
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for weights in ALL:
        console.print(f"{weights.title}: {_state(weights)}")
        console.print(f"  for      {weights.purpose}")
        console.print(f"  files    {', '.join(weights.comes_as)}")
        console.print(f"  from     {weights.source}")
        console.print(f"  licence  {weights.license}")
        console.print(f"  size     {weights.size}")
    console.print(f"in {weights_folder()}")


def _state(weights: Weights) -> str:
    path = weights_path(weights)
    if path.is_file():
        return f"there ({path.stat().st_size / 1e6:.0f} MB)"
    return "missing" if weights.required else "not there (optional)"
