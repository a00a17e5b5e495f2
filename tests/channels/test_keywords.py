"""Words that carriers act on are never offered as an answer; a one-way sender asks for none.

A parent who types YES, CANCEL, END or QUIT to a two-way sender opts in or out at the carrier.
"""

from __future__ import annotations

import pkgutil
import re
import unicodedata
from collections.abc import Iterator
from importlib import import_module

import pytest

import bot.flows
from bot.composing import Way, compose, introduction
from bot.flows.menus import LANGUAGES
from bot.messages import Choice, Say, Shape
from bot.specimens import LINK, SAYINGS, SCENE
from bot.translation import render
from tests.peers.twilio_forms import KEYWORDS

RESERVED = frozenset(word for words in KEYWORDS.values() for word in words)

INVITES = {  # to type an answer, or a word that somebody would read
    "fr": r"répond|écriv|tapez|envoyez",
    "en": r"\breply|\bwrite (?!to you)|\bsend\b|\btext us|\btype\b|answer by",
    "ar": r"ردوا|اكتبوا|أرسلوا|أجيبوا",
    "tr": r"yanıtla|cevap ver|cevaplayın|yazın|gönderin",
    "pt": r"respond|escreva|envie",
    "ro": r"răspund|scrieți|trimiteți",
    "es": r"\bresponda|\bconteste|\bescr[ií]ba|\benvíe|\bmande",
    "uk": r"відповідайте|дайте відповідь|напишіть|пишіть|надішліть",
    "ru": r"ответьте|отвечайте|напишите|пишите|отправьте|пришлите",
    "sq": r"përgjigjuni|shkruani|dërgoni",
    "zh": r"请写|请回|可以回答|请发|发短信",
    "ta": r"எழுதுங்கள்|பதில் சொல்லுங்கள்|அனுப்புங்கள்",
    "prs": r"بنویسید|جواب بدهید|روان کنید|بفرستید",
    "ps": r"ولیکئ|ځواب راکړئ|ولېږئ|واستوئ",
}
STEPS = (  # what a one-way sender sends: the rest answers somebody who wrote
    "invitation",
    "invitation with children",
    "invitation to meet",
    "invitation in numbers",
    "nudge",
    "easy nudge",
    "reminder",
    "easy reminder",
    "reminder in numbers",
    "reminder after maybe",
    "morning",
    "easy morning",
    "evening before",
    "easy evening before",
    "moved",
    "moved elsewhere",
    "new hour",
    "new hour elsewhere",
    "new place",
    "now comes",
    "now declines",
    "cancelled",
    "absent, and why",
    "offer",
    "survey, may we",
    "survey",
    "wave, may we",
    "wave",
    "wave, again",
    "welcome",
)


def choices_of_every_flow() -> Iterator[Choice]:
    """Every answer that a flow offers, found where it stands."""
    for module in pkgutil.iter_modules(bot.flows.__path__, "bot.flows."):
        for value in vars(import_module(module.name)).values():
            yield from _choices(value)
    for says in SAYINGS.values():
        for one in says:
            yield from one.choices


def _choices(value: object) -> Iterator[Choice]:
    if isinstance(value, Choice):
        yield value
    elif isinstance(value, Say):
        yield from value.choices
    elif isinstance(value, tuple | list | frozenset):
        for one in value:
            yield from _choices(one)
    elif isinstance(value, dict):
        yield from _choices(tuple(value.values()))


def bare(text: str) -> str:
    """A label as a carrier compares it: one word, whatever its case, accents and full stop."""
    letters = unicodedata.normalize("NFD", text.upper())
    return re.sub(r"[\W_]+", "", "".join(one for one in letters if not unicodedata.combining(one)))


CHOICES = {(one.code, one.label.msgid): one for one in choices_of_every_flow()}


def test_the_answers_of_every_flow_are_looked_at() -> None:
    assert {"yes", "no", "human", "skip", "stop", "work", "unknown"} <= {
        code for code, _ in CHOICES
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_that_we_offer_is_a_word_that_carriers_act_on(language: str) -> None:
    shown = {render(one.label, language) for one in CHOICES.values()}
    assert {label for label in shown if bare(label) in RESERVED} == set()
    assert {one.key for one in CHOICES.values() if not one.key.isdigit()} == set()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_one_way_sender_never_asks_for_words_that_nobody_would_read(
    language: str, step: str
) -> None:
    way = Way(Shape(), can_receive=False, link=LINK)
    who = introduction(SCENE.association, can_receive=False)
    shown = compose(SAYINGS[step], language, way, introduce=who)
    *said, tail = shown.text.splitlines()
    assert tail.endswith(LINK), "the one way to answer"
    for read in {language, shown.language, "fr"}:
        assert not re.findall(INVITES[read], "\n".join(said), re.IGNORECASE)


def test_every_language_has_its_words_that_invite() -> None:
    assert INVITES.keys() >= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_invite_are_found_where_they_stand(language: str) -> None:
    asks = introduction(SCENE.association, can_receive=True)
    assert re.search(INVITES[language], render(asks, language), re.IGNORECASE)
