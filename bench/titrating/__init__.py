"""What `bench/titration.py` does: virtual patients, the methods of others, ours, and the figures of all."""
