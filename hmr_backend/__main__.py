# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ghostcap.hmr_backend` is the command `ghostcap`."""

import sys

from .cli import main

sys.exit(main())
