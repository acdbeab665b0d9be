"""The command line. Each command parses, makes one call into `session` or `profile`, and hands the result to `render`."""
