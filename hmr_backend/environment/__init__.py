# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual environments Ghostcap runs in: made, checked, removed.

Standard library only, and no imports from outside this package, so that any Python from 3.11 on can run it from the
project's folder: Blender's, a farm's, the system's. Nothing is installed into the Python that runs it.

    python -m hmr_backend.environment install|check|state|remove --folder DIR [--parts backend [hmr2]] [--progress json]
    python -m hmr_backend.environment blender --folder DIR [--blender PATH]
"""
