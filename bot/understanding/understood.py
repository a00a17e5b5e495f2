"""What can be understood of a text: the intents, and what comes with them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """How much is refused."""

    EVERYTHING = "everything"  # all our messages
    SURVEYS = "surveys"  # questions about how things are; invitations go on
    EVENT = "event"  # this one gathering


class Intent(StrEnum):
    """What the sender wants."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"
    HEADCOUNT = "headcount"
    RATING = "rating"
    STOP = "stop"
    START = "start"
    PAUSE = "pause"
    HELP = "help"
    LANGUAGE = "language"
    RESCHEDULE = "reschedule"
    QUESTION = "question"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Understood:
    """What we understood.

    `value` is how many people (yes, maybe, headcount), a rating, or the code of a language.
    `adults` and `children` are given when the text tells them apart. `question`: a person should
    read the text although we understood something. `scope` is set where something is refused by
    name: with every `stop`, and with the `no` that takes back a registration.
    """

    intent: Intent
    value: int | str | None = None
    adults: int | None = None
    children: int | None = None
    question: bool = False
    scope: Scope | None = None


OTHER = Understood(Intent.OTHER)
READ_BY_A_PERSON = Understood(Intent.QUESTION, question=True)
WANTS_A_PERSON = 9  # the digit that means help, everywhere
