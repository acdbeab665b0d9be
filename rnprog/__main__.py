"""`python -m rnprog`."""

from __future__ import annotations

import sys

from rnprog.entry import main

sys.exit(main())
