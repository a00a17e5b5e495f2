"""The menus that several flows show; digits are the same everywhere: 0 passes, 9 calls a person."""

from __future__ import annotations

from bot.messages import Choice, Say, say

YES = Choice("yes", say("Yes"), "1")
NO = Choice("no", say("No"), "2")
MAYBE = Choice("maybe", say("Maybe"), "3")
CANNOT_COME = Choice("no", say("I cannot come"), "2")
SKIP = Choice("skip", say("Skip"), "0")
HUMAN = Choice("human", say("Call me"), "9")

YES_NO = (YES, NO)
YES_NO_MAYBE = (YES, NO, MAYBE)

LANGUAGES = {  # each in its own words; parents look for the shape of their own language
    "fr": "Français",
    "ar": "العربية",
    "tr": "Türkçe",
    "pt": "Português",
    "en": "English",
    "ro": "Română",
}


def languages() -> tuple[Choice, ...]:
    """Offer every language that parents can read, each by its own name."""
    return tuple(
        Choice(code, say("{text}", text=name), str(place))
        for place, (code, name) in enumerate(LANGUAGES.items(), start=1)
    )


def numbers(first: int, last: int) -> tuple[Choice, ...]:
    """Offer whole numbers; the digit is the answer itself, so SMS shows no list."""
    return tuple(Choice(str(n), say("{text}", text=str(n)), str(n)) for n in range(first, last + 1))


def asking(saying: Say, question: str, choices: tuple[Choice, ...]) -> Say:
    """Turn a saying into a question with its offered answers."""
    return Say(saying.msgid, saying.plural, saying.n, saying.params, choices, question)
