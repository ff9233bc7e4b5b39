# SPDX-License-Identifier: GPL-3.0-or-later
"""An athlete and a user: two motions brought into step, and where they differ. Arrays in, arrays out.

`comparison.compare_clips` does it all: events or repetitions (`phases`), one time (`alignment`), one skeleton and one
place (`placement`), differences by joint and angle (`deviations`), a score, and findings with sentences.
"""
