# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the network, tiny, on each device that is there: an import alone does not show that torch works here."""

from __future__ import annotations

import sys


def main() -> int:
    """A line with what works, or with what does not. The exit code tells."""
    import torch
    from safetensors import __version__ as safetensors_version

    from .backbone import BackboneSize
    from .devices import list_devices
    from .head import HeadSize
    from .network import NetworkSize, place_network, random_network

    size = NetworkSize(BackboneSize(width_of_token=32, depth=1, heads=2), HeadSize(16, 1, 2, 8, 16, 32))
    names = []
    for device in list_devices():
        try:
            with torch.inference_mode():
                answer = place_network(random_network(size), device, torch.float32)(
                    torch.zeros(1, 3, 256, 256, device=device)
                )
        except RuntimeError as error:
            print(f"torch {torch.__version__} fails on {device}: {error}".splitlines()[0])  # noqa: T201 - the answer
            return 1
        if not bool(torch.isfinite(answer.rotations).all()):
            print(f"torch {torch.__version__} gives a wrong answer on {device}")  # noqa: T201 - the answer
            return 1
        names.append(str(device))
    found = ", ".join(names)
    print(f"torch {torch.__version__} on {found}, safetensors {safetensors_version}")  # noqa: T201 - the answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
