"""The engine: one message and what stands open, in; a turn, out. Pure."""
