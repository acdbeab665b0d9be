"""Titration methods against each other on virtual patients, all in the same run. `python -m bench.titration` prints the table."""
