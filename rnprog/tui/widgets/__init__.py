"""Widgets, one a file. Each is filled with values and never asks for any; each file shows itself in all its states when it is run."""
