"""The medicine of rnprog: what would be true with any device. Pure: no port, no clock, no files."""
