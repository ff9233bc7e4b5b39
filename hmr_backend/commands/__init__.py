# SPDX-License-Identifier: GPL-3.0-or-later
"""The subcommands of `ghostcap`: each adds its arguments and runs."""
