"""Strict stand-ins for the providers, on loopback, behind the real client libraries."""
