# SPDX-License-Identifier: GPL-3.0-or-later
"""HMR 2.0b (Goel et al., Humans in 4D, ICCV 2023): SMPL's parameters straight from a picture of a person.

Needs torch, and the weights, which are the user's to fetch (`ghostcap weights`).
"""
