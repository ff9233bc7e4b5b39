# SPDX-License-Identifier: GPL-3.0-or-later
"""Video in, animation out: makes the environments it needs and runs `ghostcap animate` in them."""

import sys

# Read by old Pythons too, so nothing above this, or in this file's grammar, is newer than they are.
if sys.version_info < (3, 11):  # noqa: UP036 - the check is the point
    sys.exit("error: Ghostcap needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

from launching import main

if __name__ == "__main__":
    sys.exit(main())
