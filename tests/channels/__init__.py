"""The ways to a parent, each against its provider on loopback."""
