"""The menus that several flows show; digits are the same everywhere: 0 passes, 9 calls a person."""

from __future__ import annotations

from bot.flows.answers import Answer, Number, Picked
from bot.languages import read_languages
from bot.messages import Choice, Say, say

YES = Choice("yes", say("Yes"), "1")
NO = Choice("no", say("No"), "2")
MAYBE = Choice("maybe", say("Maybe"), "3")
CANNOT_COME = Choice("no", say("I cannot come"), "2")
WE_COME = Choice("yes", say("We come"), "1")
SKIP = Choice("skip", say("Skip"), "0")
HUMAN = Choice("human", say("Call me"), "9")

YES_NO = (YES, NO)
YES_NO_MAYBE = (YES, NO, MAYBE)

# Each in its own words; parents look for the shape of their own language.
LANGUAGES = {one.code: one.name for one in read_languages().values() if one.written}
PROMISED = {one.code: one.name for one in read_languages().values() if not one.written}

ON_A_PAGE = 8  # lines: Telegram's buttons; 9 calls a person, so no line has two digits
MORE = "more-"  # the code of the line that leads to another page: "more-1"
OTHER_LANGUAGES = "🌐 Autres · Others"  # nobody knows yet what the parent reads


def languages(page: int = 0) -> tuple[Choice, ...]:
    """Offer the languages that parents can read, each by its own name.

    Where they do not all fit on one page, its last line leads to the next; the last page's leads
    to the first.
    """
    pages = _pages(tuple((LANGUAGES | PROMISED).items()))
    here = page % len(pages)
    choices = [_line(code, name, key) for key, (code, name) in enumerate(pages[here], start=1)]
    if len(pages) > 1:
        following = f"{MORE}{(here + 1) % len(pages)}"
        choices.append(_line(following, OTHER_LANGUAGES, len(choices) + 1))
    return tuple(choices)


def chosen(answer: Answer, page: int) -> str | None:
    """The code of the line that an answer picks: by a tap from any page, by its digit from this."""
    match answer:
        case Picked(code) if code in LANGUAGES or code in PROMISED or page_of(code) is not None:
            return code
        case Number(n):
            return next((one.code for one in languages(page) if one.key == str(n)), None)
        case _:
            return None


def page_of(code: str) -> int | None:
    """The page that a line of the menu of languages leads to; None for any other line."""
    number = code.removeprefix(MORE)
    leads = code.startswith(MORE) and number.isascii() and number.isdecimal()
    return int(number) if leads else None


def _pages(offered: tuple[tuple[str, str], ...]) -> tuple[tuple[tuple[str, str], ...], ...]:
    if len(offered) <= ON_A_PAGE:
        return (offered,)
    room = ON_A_PAGE - 1
    return tuple(offered[first : first + room] for first in range(0, len(offered), room))


def _line(code: str, name: str, key: int) -> Choice:
    return Choice(code, say("{text}", text=name), str(key))


def numbers(first: int, last: int) -> tuple[Choice, ...]:
    """Offer whole numbers; the digit is the answer itself, so SMS shows no list."""
    return tuple(Choice(str(n), say("{text}", text=str(n)), str(n)) for n in range(first, last + 1))


def asking(saying: Say, question: str, choices: tuple[Choice, ...]) -> Say:
    """Turn a saying into a question with its offered answers."""
    return Say(saying.msgid, saying.plural, saying.n, saying.params, choices, question)
