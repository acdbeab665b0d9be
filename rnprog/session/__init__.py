"""The appointment: what is promised, in which order things are done, what happened. Knows no wire and no face."""
