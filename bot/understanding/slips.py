"""Words written in haste: letters drawn out, missing, too many, swapped or beside the right one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_NEIGHBOURS = ("azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_SOUNDS = tuple(map(frozenset, ("aeiouy", "ckqsz", "gj", "vw", "mn", "td", "pb", "fv")))


def squeezed(word: str) -> Iterator[str]:
    """The word with drawn-out letters shortened: "ouiiii" to "ouii", "oui"."""
    for most in (2, 1):
        shorter = re.sub(rf"(.)\1{{{most},}}", r"\1" * most, word)
        if shorter != word and len(set(shorter)) > 1:  # "kkkk" and "aaah" are no words
            yield shorter


def slips(words: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in words:
        for key in (word, *deletions(word)):
            found.setdefault(key, []).append(word)
    return found


def is_slip(word: str, meant: str) -> bool:
    """One letter more or less, two swapped, or one taken for a neighbour or for its sound."""
    if len(word) != len(meant):
        return abs(len(word) - len(meant)) == 1
    apart = [pair for pair in zip(word, meant, strict=True) if pair[0] != pair[1]]
    if len(apart) != 1:
        return len(apart) == 2 and apart[0] == apart[1][::-1]
    one, other = apart[0]
    near = any(one + other in row or other + one in row for row in _NEIGHBOURS)
    return near or any({one, other} <= sound for sound in _SOUNDS)


def deletions(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1 :] for i in range(len(word)))
