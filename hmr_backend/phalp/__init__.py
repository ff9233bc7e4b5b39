# SPDX-License-Identifier: GPL-3.0-or-later
"""Following people by place and pose in 3D, in the manner of PHALP (Rajasegaran et al., CVPR 2022)."""
