# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in estimator: Google's BlazePose (Apache-2.0 models), run with LiteRT.

Method: Bazarevsky et al., "BlazePose: On-device Real-time Body Pose Tracking", 2020, as in MediaPipe 0.10.21.
"""

from .estimator import Estimator

__all__ = ["Estimator"]
