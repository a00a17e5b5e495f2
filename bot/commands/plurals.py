"""Numbers and what they count, in French."""

from __future__ import annotations


def counted(count: int, one: str, several: str = "") -> str:
    """ "1 famille", "2 familles"; from two on it is several. Without it, each word takes an s."""
    words = one if count < 2 else several or " ".join(f"{word}s" for word in one.split())
    return f"{count} {words}"
