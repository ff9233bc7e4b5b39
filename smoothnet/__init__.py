# SPDX-License-Identifier: GPL-3.0-or-later
"""SmoothNet: the model, its training, its noise, its shipped weights. What runs it is in motion, without torch."""
