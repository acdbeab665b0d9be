"""RN-1, the reference device."""
