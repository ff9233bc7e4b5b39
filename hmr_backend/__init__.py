# SPDX-License-Identifier: GPL-3.0-or-later
"""From a video to a capture. Runs in a Python of its own, never inside Blender."""
