"""Titration methods against each other on virtual patients, in one run: `python bench/titration.py --help`, or `python -m bench.titration`.

What it does is in bench/titrating/; this file only makes it start from any folder and with any Python that has the peers.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # Started as a file, Python would look for modules beside it, not in the repository.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    from bench.titrating.command import main

    sys.exit(main())
