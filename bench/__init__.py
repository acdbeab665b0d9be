"""Speed, always as a ratio against a named reference measured in the same run, turn by turn. `make bench` prints the table."""
