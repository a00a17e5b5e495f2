"""What a contact's text or tap means to a flow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Yes:
    """The contact agrees, perhaps saying how many come."""

    adults: int | None = None
    children: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class No:
    """The contact declines."""


@dataclass(frozen=True, slots=True)
class Maybe:
    """The contact does not know yet."""

    total: int | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """The contact gave a whole number, perhaps telling adults and children apart."""

    value: int
    adults: int | None = None
    children: int | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """The contact chose one of the offered answers, by its code."""

    code: str


@dataclass(frozen=True, slots=True)
class Explained:
    """The contact tells a reason in their own words; a person reads them."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nothing we can act on."""


Answer = Yes | No | Maybe | Number | Picked | Explained | Unclear

SPOKEN: dict[str, Answer] = {"yes": Yes(), "no": No(), "maybe": Maybe()}


def of_code(code: str) -> Answer:
    """Give the answer behind a button's or a menu line's code."""
    if code in SPOKEN:
        return SPOKEN[code]
    return Number(int(code)) if code.isascii() and code.isdigit() else Picked(code)
