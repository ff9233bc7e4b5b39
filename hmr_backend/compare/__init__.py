# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison told: sides read from disk, the pictures, the film, the report."""
