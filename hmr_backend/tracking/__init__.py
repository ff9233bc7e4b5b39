# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is who from frame to frame: from frames to one tracklet for each person."""

from .cleaning import clean_tracks, recommend
from .online import first_frame_needed, track_people

__all__ = ["clean_tracks", "first_frame_needed", "recommend", "track_people"]
