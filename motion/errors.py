# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors meant for the user: what is wrong, with which file, what to do."""

from __future__ import annotations


class GhostcapError(Exception):
    """A failure the user can do something about. `code` names it for programs, `hint` says what to do."""

    code = "failed"

    def __init__(self, message: str, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class CaptureError(GhostcapError):
    """A capture folder that can't be read or written."""

    code = "bad_capture"
