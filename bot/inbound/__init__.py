"""Inbound: what arrives becomes turns."""
