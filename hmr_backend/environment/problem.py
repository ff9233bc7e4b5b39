# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with an environment, said for the user; Ghostcap's own errors can't be imported here."""

from __future__ import annotations


class EnvironmentProblem(Exception):  # noqa: N818 - the user's problem, said in a line
    """What is wrong (message), what to do (hint), and its name for programs (code)."""

    def __init__(self, message: str, hint: str = "", code: str = "failed") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message, self.hint, self.code = message, hint, code
