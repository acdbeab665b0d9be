"""The wire. Frames, messages and the two ends of a conversation, without a port and without a clock (docs/protocol.md)."""
