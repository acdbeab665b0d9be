"""The shelf: profile files, how they are read, written and verified. Therapy rules live in `rnprog.therapy`; no device is known here."""
