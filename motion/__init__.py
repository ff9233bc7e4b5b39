# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender and the backend both know about motion: rotations, the skeleton, kinematics, captures. NumPy only."""
