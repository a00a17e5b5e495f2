"""How many people a text counts, adults and children apart where it tells them apart.

    "2 adultes et 1 enfant"   ->   3 people, 2 adults, 1 child
    "3 dont 2 enfants"        ->   3 people, 1 adult, 2 children
    "à 18h avec ma fille de 6 ans"   ->   nobody is counted

Hours, dates, ages, prices, lines and addresses are no people. Where two readings are possible
("2 ou 3"), the text counts, but we do not say how many; nor where a word that we do not know may
be one person more, or one less, of a list.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from bot.understanding.clauses import is_unread
from bot.understanding.marks import Kind, Mark
from bot.understanding.senses import Sense

_HOURS = 12
_TO_TOTAL = 2  # marks between a number and the word that says it counts all
MOST = 60  # a larger number is a street, a year or a price

_ADULT = frozenset({Sense.ADULT, Sense.ADULTS})
_CHILD = frozenset({Sense.CHILD, Sense.CHILDREN})
_PEOPLE = _ADULT | _CHILD | {Sense.PERSONS}
_NOT_PEOPLE = frozenset({Sense.UNIT, Sense.DAY})
_NO_COUNT_AFTER = frozenset({Sense.BEFORE, Sense.DAY})
_NO_LIST = frozenset({Sense.BUT, Sense.NOT_AFTER, Sense.NOT, Sense.NO, Sense.NEUTRAL})
_JOINS = frozenset({Sense.AND, Sense.WITH})
_AGED = frozenset({Sense.THEY, Sense.CHILD})
_COMERS = frozenset({Sense.COME, Sense.FIRST})
_SPEAKER = frozenset({Sense.ME, Sense.JUST_ME})
_BESIDE = frozenset({Sense.POLITE, Sense.YES, Sense.YES_ALONE, Sense.JUST_ME, Sense.FIRST})


@dataclass(frozen=True, slots=True)
class Party:
    """People counted in a text; no total where two readings are possible."""

    total: int | None
    adults: int | None = None
    children: int | None = None
    bare: bool = False  # a number and nothing that says whom it counts


@dataclass(frozen=True, slots=True)
class _Count:
    """One number of people, and where it stands."""

    at: int
    number: int
    adults: bool = False
    children: bool = False

    @property
    def sorted(self) -> bool:
        return self.adults or self.children


def party(marks: list[Mark]) -> Party | None:
    """The people that the text counts, or nothing when it counts none."""
    counts = _counts(marks)
    if not counts and not _self(marks):
        return None
    if (total := _in_total(marks, counts)) is not None:
        return Party(total)
    if counts and any(Sense.OR in mark.senses for mark in marks[: counts[-1].at]):
        return Party(None)  # "2 ou 3", "entre 2 et 4"
    if len(counts) > 1 and any(is_counting_unknown(marks, count.at) for count in counts):
        return Party(None)  # "1 grand 1 petit"
    if listed := _listed(marks, counts):
        return Party(None) if any(is_unread(mark) for mark in marks) else listed
    if len(counts) > 1:
        return _several(marks, counts)
    if counts:
        more = _accompanied(marks, counts[0]) or _joined_by_self(marks, counts[0])
        return Party(None) if more else _single(marks, counts[0])
    return Party(1, adults=1) if any(Sense.JUST_ME in mark.senses for mark in marks) else None


def _in_total(marks: list[Mark], counts: tuple[_Count, ...]) -> int | None:
    """ "Rajoutez une personne, ça fait 6 au total": the one number that says it counts all."""
    if not any(Sense.TOTAL in mark.senses for mark in marks):
        return None
    if any(Sense.INCLUDING in mark.senses or Sense.OR in mark.senses for mark in marks):
        return None
    totals = [
        count.number
        for count in counts
        if any(
            Sense.TOTAL in mark.senses
            for mark in marks[max(0, count.at - 2) : count.at + 1 + _TO_TOTAL]
        )
    ]
    return totals[0] if len(totals) == 1 else None


def is_counting_unknown(marks: list[Mark], at: int) -> bool:
    """ "10 lira": a number right before a word that we do not know, which may be any unit."""
    after = marks[at + 1 : at + 2]
    return marks[at].number is not None and any(is_unread(mark) for mark in after)


def _counts(marks: list[Mark]) -> tuple[_Count, ...]:
    found = []
    for at, mark in enumerate(marks):
        if mark.number is not None and _counts_people(marks, at):
            whom = _whom(marks, at)
            found.append(_Count(at, mark.number, bool(whom & _ADULT), bool(whom & _CHILD)))
    return tuple(found)


def _counts_people(marks: list[Mark], at: int) -> bool:
    mark = marks[at]
    assert mark.number is not None
    if mark.number > MOST or mark.senses & _NOT_PEOPLE:
        return False
    whom = _whom(marks, at)
    if whom:
        return True
    after = marks[at + 1].senses if at + 1 < len(marks) else frozenset[Sense]()
    before = marks[at - 1] if at else None
    if after & _NOT_PEOPLE or _touches_digits(marks, at):
        return False
    if before and before.kind is Kind.WORDS and not before.known:
        return False  # "appart 12"
    if before and before.senses & _NO_COUNT_AFTER and not _comes(marks, at):
        return False
    if _is_age(marks, at):
        return False
    if mark.spelled and (
        mark.number == 1 or Sense.ONLY in mark.senses
    ):  # "un" and "a" are articles
        return all(other is mark or not _says_something(other) for other in marks)
    return True


def _is_age(marks: list[Mark], at: int) -> bool:
    """ "Il a 6", "my son is 6": a number that says something of one person."""
    told = [mark for mark in marks[:at] if Sense.FILLER not in mark.senses]
    fillers = len(told) < at
    return fillers and bool(told) and bool(told[-1].senses & _AGED) and told[-1].number is None


def _touches_digits(marks: list[Mark], at: int) -> bool:
    """Digits in a row, a decimal or a percentage: a telephone, a price, a code."""
    beside = marks[max(0, at - 1) : at] + marks[at + 1 : at + 2]
    return any(
        (other.kind is Kind.NUMBER and not other.spelled and not marks[at].spelled)
        or other.kind is Kind.FIGURE
        or other.text in ("%", "€", "$", "£", "#", "°")
        for other in beside
    )


def _comes(marks: list[Mark], at: int) -> bool:
    """ "On sera à 3", or "à 3" alone: the number follows people who come, not a clock."""
    before = marks[at - 1].senses
    if (marks[at].number or 0) > _HOURS or not {Sense.BEFORE, Sense.WITH} <= before:
        return False
    if at == 1:
        return all(Sense.POLITE in mark.senses for mark in marks[2:])
    return bool(marks[at - 2].senses & _COMERS)


def _says_something(mark: Mark) -> bool:
    if mark.kind in (Kind.PAUSE, Kind.END, Kind.SIGN):
        return False
    return not mark.senses & _BESIDE


def _whom(marks: list[Mark], at: int) -> frozenset[Sense]:
    """Whom a number counts: the people named right after it, one word between at most."""
    if marks[at].senses & _PEOPLE:  # "jumeaux"
        return marks[at].senses & _PEOPLE
    for step in (1, 2):
        if at + step >= len(marks):
            break
        after = marks[at + step]
        if after.senses & _PEOPLE:
            return after.senses & _PEOPLE
        if after.kind is not Kind.WORDS or after.senses - {Sense.FILLER, Sense.GOOD}:
            break
        if Sense.FILLER in after.senses:  # "2 avec les enfants" counts no two children
            break
    return frozenset()


def _between(marks: list[Mark], counts: tuple[_Count, ...]) -> list[Mark]:
    return marks[counts[0].at : counts[-1].at] if counts else []


def _single(marks: list[Mark], count: _Count) -> Party:
    bare = not count.sorted and not any(
        mark.senses & (_PEOPLE | {Sense.COME, Sense.FIRST, Sense.FAMILY}) for mark in marks
    )
    if count.adults:
        return Party(count.number, adults=count.number)
    if count.children:
        beside = marks[max(0, count.at - 2) : count.at]
        brought = any(Sense.WITH in mark.senses for mark in beside)  # "I come with 2 children"
        return Party(None if brought else count.number, children=count.number)
    return Party(count.number, bare=bare)


def _accompanied(marks: list[Mark], count: _Count) -> bool:
    """ "Papa, maman et les 3 enfants": more people than those counted."""
    named = [mark for mark in marks[: count.at] if mark.senses & _ADULT and mark.number is None]
    joined = any(Sense.AND in mark.senses for mark in marks[max(0, count.at - 2) : count.at])
    return count.children and joined and bool(named)


def _joined_by_self(marks: list[Mark], count: _Count) -> bool:
    """ "2 enfants plus moi ...": the speaker stands beside those counted."""
    return count.sorted and any(
        Sense.AND in before.senses and after.senses & _SPEAKER
        for before, after in pairwise(marks[count.at :])
    )


def _several(marks: list[Mark], counts: tuple[_Count, ...]) -> Party:
    first, *rest = counts
    children = sum(count.number for count in rest if count.children)
    adults = sum(count.number for count in rest if count.adults)
    between = {sense for mark in _between(marks, counts) for sense in mark.senses}
    if not first.sorted and all(count.sorted for count in rest):
        included = Sense.INCLUDING in between or first.number == children + adults
        if included and children + adults <= first.number:
            return Party(first.number, first.number - children, children)
        if included or Sense.WITH in between:
            return Party(None)
        return Party(first.number + children + adults, first.number + adults, children)
    if all(count.sorted for count in counts):
        children += first.number if first.children else 0
        adults += first.number if first.adults else 0
        extra = _self(marks)
        return Party(adults + children + extra, adults + extra, children)
    return _unsorted(marks, counts, between)


def _unsorted(marks: list[Mark], counts: tuple[_Count, ...], between: set[Sense]) -> Party:
    numbers = [count.number for count in counts]
    spelled = not all(marks[count.at].text.isdigit() for count in counts)
    if len(set(numbers)) == 1 and Sense.AND not in between:
        return Party(numbers[0] if spelled else None)  # "2, deux"; "2a 2e" are two numbers
    if Sense.BUT in between:
        return Party(numbers[-1])
    added = sum(Sense.AND in mark.senses for mark in _between(marks, counts))
    return Party(sum(numbers)) if added >= len(numbers) - 1 else Party(None)


def _listed(marks: list[Mark], counts: tuple[_Count, ...]) -> Party | None:
    """ "Moi, mon mari et mes 2 enfants": a list with the speaker in it.

    A bare number is the sum of the list ("2, moi et ma fille"), or more people ("moi + 1").
    """
    if not _self(marks) or any(
        mark.senses & _NO_LIST and Sense.AND not in mark.senses for mark in marks
    ):
        return None
    joined = any(mark.senses & _JOINS or mark.kind is Kind.PAUSE for mark in marks)
    if not counts and not joined and not all(mark.known for mark in marks):
        return None  # "ask my husband" lists nobody
    sorted_counts = [count for count in counts if count.sorted]
    bare = [count for count in counts if not count.sorted]
    counted = {at for count in counts for at in range(count.at, count.at + 3)}
    adults = 1 + sum(count.number for count in sorted_counts if not count.children)
    children = sum(count.number for count in sorted_counts if count.children)
    for at, mark in enumerate(marks):
        if at in counted or mark.number is not None:
            continue
        if mark.senses & {Sense.FAMILY, Sense.ADULTS, Sense.CHILDREN} - _singular(mark):
            return Party(None)
        adults += Sense.ADULT in mark.senses
        children += Sense.CHILD in mark.senses and Sense.ADULT not in mark.senses
    if not bare:
        return Party(adults + children, adults, children) if adults + children > 1 else None
    if len(bare) > 1:
        return None
    if _added(marks, bare[0]):
        return Party(adults + children + bare[0].number)
    if adults + children == 1:
        return None
    same = bare[0].number == adults + children
    return Party(bare[0].number, adults, children) if same else Party(None)


def _singular(mark: Mark) -> frozenset[Sense]:
    """The plurals that a word may also be, when it can stand for one person."""
    one = mark.senses & {Sense.ADULT, Sense.CHILD}
    return frozenset({Sense.ADULTS, Sense.CHILDREN}) if one else frozenset()


def _added(marks: list[Mark], count: _Count) -> bool:
    """An "and" between the number and the speaker: "moi et 2", "2 et moi"."""
    for step in (-1, 1):
        places = (count.at + step, count.at + 2 * step)
        if all(0 <= place < len(marks) for place in places):
            beside, beyond = (marks[place].senses for place in places)
            if Sense.AND in beside and beyond & {Sense.ME, Sense.JUST_ME}:
                return True
    return False


def _self(marks: list[Mark]) -> int:
    return int(not all(mark.senses.isdisjoint(_SPEAKER) for mark in marks))
