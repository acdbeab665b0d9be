"""Screens, one a file, each in the same frame: banner above, STOP bar below (`frame.py`). Drawn from a `State` and nothing else."""
