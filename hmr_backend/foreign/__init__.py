# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of other programs, read without running anything that is in them: 4D-Humans, SMPL, AMASS."""
