# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks and tests: makes the environments they need and runs them there. `--help` tells more."""

import signal
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - see run.py
    sys.exit("error: Ghostcap needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

from testing import main

# Whoever starts this in the background may have it ignore Ctrl-C, and everything it starts would inherit that; tests
# send the signal to see that it is heard.
signal.signal(signal.SIGINT, signal.default_int_handler)

if __name__ == "__main__":
    sys.exit(main())
