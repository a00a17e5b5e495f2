"""The invented people, and when they look at their phones."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from bot.demo.families import families, roster_rows, unwritten
from bot.demo.parents import Reply, moment_of
from bot.demo.words import QUESTIONS, UNCLEAR, WORDS
from bot.flows.menus import LANGUAGES
from bot.messages import Asked, ChannelName
from bot.translation import has_catalog
from bot.understanding.intent import Intent, understand


def test_forty_families_with_one_to_three_children() -> None:
    found = families()
    assert [one.reference for one in found] == [f"TIL-{n:03d}" for n in range(1, 41)]
    assert {len(one.home.children) for one in found} == {1, 2, 3}


def test_every_number_belongs_to_the_range_kept_for_fiction() -> None:
    numbers = {number for one in families() for number in one.phones}
    assert all(re.fullmatch(r"\+336399800\d\d", number) for number in numbers)


def test_one_telephone_is_shared_by_two_guardians_and_no_other() -> None:
    holders = Counter(number for one in families() for number in one.phones)
    assert sorted(holders.values())[-2:] == [1, 2]


def test_half_of_the_parents_have_sms_only() -> None:
    channels = Counter(parent.channel for one in families() for parent in one.home.parents)
    assert 0.4 < channels[ChannelName.SMS] / channels.total() < 0.6
    assert channels[ChannelName.WHATSAPP] >= 8
    assert channels[ChannelName.TELEGRAM] >= 5


def test_two_languages_have_no_catalog_so_that_the_fallback_shows() -> None:
    spoken = {parent.language for one in families() for parent in one.home.parents}
    first, second = unwritten()
    assert first != second
    assert not has_catalog(first)
    assert not has_catalog(second)
    assert spoken == {None, first, second, *LANGUAGES}


def test_one_family_has_guardians_of_two_languages() -> None:
    pairs = [{parent.language for parent in one.home.parents} for one in families()]
    assert {"fr", "pt"} in pairs


def test_a_row_of_the_list_for_each_child() -> None:
    found = families()
    assert len(roster_rows(found)) == sum(len(one.home.children) for one in found)


SEEN = datetime(2026, 11, 17, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seen", "reply", "expected"),
    [
        (SEEN, Reply(True, 3), SEEN),
        (SEEN, Reply(False, 0), datetime(2026, 11, 17, 10, 12, tzinfo=UTC)),
        (SEEN, Reply(False, 1), datetime(2026, 11, 17, 12, 20, tzinfo=UTC)),
        (SEEN, Reply(False, 3), datetime(2026, 11, 17, 20, 10, tzinfo=UTC)),
        (SEEN, Reply(False, 4), datetime(2026, 11, 18, 8, 10, tzinfo=UTC)),
        (
            SEEN.replace(hour=21, minute=45),
            Reply(False, 0),
            datetime(2026, 11, 18, 8, 10, tzinfo=UTC),
        ),
        (
            SEEN.replace(hour=21, minute=45),
            Reply(False, 2),
            datetime(2026, 11, 18, 12, 20, tzinfo=UTC),
        ),
    ],
)
def test_parents_answer_when_they_look_at_their_phone(
    seen: datetime, reply: Reply, expected: datetime
) -> None:
    assert moment_of(reply, seen) == expected


@pytest.mark.parametrize(
    ("language", "code", "text"),
    [
        (language, code, text)
        for language, words in WORDS.items()
        for code in ("yes", "no", "maybe")
        for text in words[code]
    ],
)
def test_what_parents_type_means_what_they_mean(language: str, code: str, text: str) -> None:
    assert understand(text, language, Asked.RSVP).intent == code


@pytest.mark.parametrize("language", sorted(WORDS))
def test_how_many_come_is_understood(language: str) -> None:
    for text in WORDS[language]["together"]:
        understood = understand(text.format(n=3), language, Asked.RSVP)
        assert (understood.intent, understood.value) == (Intent.YES, 3)


@pytest.mark.parametrize("language", sorted(WORDS))
def test_unclear_words_and_questions_answer_nothing(language: str) -> None:
    answers = {Intent.YES, Intent.NO, Intent.MAYBE, Intent.STOP}
    for text in (*UNCLEAR[language], *(asked for asked, _ in QUESTIONS[language])):
        assert understand(text, language, Asked.RSVP).intent not in answers
