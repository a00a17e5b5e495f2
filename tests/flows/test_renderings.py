"""The same facts for who reads little: other sayings, the same answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from bot.composing import Way, compose, compose_beside
from bot.flows import notices, rsvp
from bot.flows.answers import of_code
from bot.flows.base import EventCard, RecordRsvp, Scene
from bot.flows.menus import YES, YES_NO
from bot.flows.renderings import SHORT_NOTE, offered
from bot.hearing import picked
from bot.languages import read_languages
from bot.messages import Captions, Media, MediaKind, Rendering, Say, Shape, Texts
from bot.translation import END_ISOLATE, ISOLATE, render
from tests.flows.scenes import card, scene

SMS = Way(Shape(), can_receive=True)
WRITTEN = [one.code for one in read_languages().values() if one.written]
VOICE = Media(1, MediaKind.VOICE, "audio/ogg", b"", "https://carnet.example/m/1")


def reading(rendering: Rendering, event: EventCard | None = None) -> Scene:
    return replace(scene(event or card()), rendering=rendering)


def told(says: tuple[Say, ...], language: str = "fr", way: Way = SMS) -> str:
    return compose(says, language, way, introduce=None).text


def noted(text: str) -> EventCard:
    return card(notes=Texts("fr", {"fr": text}), rsvp="yes")


def test_digits_are_title_date_place_and_two_numbered_answers() -> None:
    says = rsvp.open_rsvp(reading(Rendering.NUMBERS)).says
    assert told(says) == (
        "Atelier lecture\nsamedi 5 décembre, 14h\nSalle Pergaud\n1 = Oui\n2 = Non"
    )


def test_the_digits_stand_on_buttons_and_in_lettered_menus_too() -> None:
    says = rsvp.open_rsvp(reading(Rendering.NUMBERS)).says
    buttons = compose(says, "fr", Way(Shape(buttons=8), True), introduce=None).buttons
    assert [one.label for one in buttons] == ["1 = Oui", "2 = Non"]
    assert told(says, way=replace(SMS, letter="B")).endswith("B1 = Oui\nB2 = Non")
    one_way = told(says, way=Way(Shape(), can_receive=False, link="https://a.example/l/1"))
    assert "=" not in one_way


@pytest.mark.parametrize("language", WRITTEN)
@pytest.mark.parametrize("written", ["1", "1 = {yes}", "{yes}"])
def test_an_answer_in_digits_is_heard_in_every_language(language: str, written: str) -> None:
    asked = rsvp.ask(rsvp.Rsvp(), reading(Rendering.NUMBERS))
    yes = render(YES.label, language)
    choice = picked(asked, written.format(yes=yes), language)
    if choice is None:  # a word alone is understood, not picked
        assert written == "{yes}"
        return
    answer = of_code(choice.code)
    [effect] = rsvp.advance(rsvp.Rsvp(), answer, reading(Rendering.NUMBERS)).effects
    assert isinstance(effect, RecordRsvp)
    assert effect.reply == "yes"


@pytest.mark.parametrize("language", WRITTEN)
def test_every_language_says_its_facts_a_line_each(language: str) -> None:
    for notice in (notices.morning, notices.eve, notices.nudge):
        lines = told(notice(reading(Rendering.EASY)), language).splitlines()
        assert len(lines) >= 3
    whole = told(rsvp.open_rsvp(reading(Rendering.NUMBERS)).says, language)
    plain = whole.replace(ISOLATE, "").replace(END_ISOLATE, "")
    assert len(plain.splitlines()) == 5
    assert "Salle Pergaud" in plain


def test_the_easy_invitation_is_the_standard_one() -> None:
    easy, usual = reading(Rendering.EASY), reading(Rendering.STANDARD)
    assert rsvp.open_rsvp(easy).says == rsvp.open_rsvp(usual).says


def test_an_easy_nudge_only_asks() -> None:
    easy = told(notices.nudge(reading(Rendering.EASY)))
    assert easy.startswith("Atelier lecture\nsamedi 5 décembre à 14h\nSalle Pergaud\nVenez-vous ?")
    assert easy != told(notices.nudge(reading(Rendering.STANDARD)))


@pytest.mark.parametrize(
    ("notes", "rendering", "kept"),
    [
        ("Prenez un manteau.", Rendering.EASY, True),
        ("x" * SHORT_NOTE, Rendering.NUMBERS, True),
        ("x" * (SHORT_NOTE + 1), Rendering.EASY, False),
        ("x" * (SHORT_NOTE + 1), Rendering.VOICE, False),
        ("x" * (SHORT_NOTE + 1), Rendering.STANDARD, True),
    ],
)
def test_only_short_notes_are_for_who_reads_little(
    notes: str, rendering: Rendering, kept: bool
) -> None:
    at = reading(rendering, noted(notes))
    on = date(2026, 12, 3)
    assert (notes in told(notices.reminder(at))) is kept
    assert (notes in told(notices.together(at, on=on, with_notes=True))) is kept


def test_a_meeting_still_names_whom_they_meet() -> None:
    met = replace(card(kind="meeting", rsvp="yes"), host="Mme Roy", at=time(9))
    for notice in (notices.reminder, notices.morning, notices.eve):
        for rendering in (Rendering.EASY, Rendering.NUMBERS):
            assert "Atelier lecture\nMme Roy\n" in told(notice(reading(rendering, met)))


def test_who_said_maybe_is_asked_and_who_said_yes_may_call_off() -> None:
    maybe = told(notices.reminder(reading(Rendering.NUMBERS, card(rsvp="maybe"))))
    assert maybe.endswith("1 = Oui\n2 = Non")
    yes = told(notices.reminder(reading(Rendering.NUMBERS, card(rsvp="yes"))))
    assert yes.endswith("Salle Pergaud\n2 = Je ne peux pas venir")


def test_usual_answers_keep_their_words() -> None:
    assert offered(reading(Rendering.EASY), YES_NO) == YES_NO


def test_the_voice_is_told_of_before_the_words() -> None:
    says = rsvp.open_rsvp(reading(Rendering.VOICE)).says
    listens = replace(SMS, listens=True)
    first, media = compose_beside(VOICE, says, "fr", listens, introduce=None)
    assert media is None  # its address stands in the text
    assert first.text.splitlines()[0].endswith(VOICE.url)
    usual, _ = compose_beside(VOICE, says, "fr", SMS, introduce=None)
    assert not usual.text.splitlines()[0].endswith(VOICE.url)
    caption = Shape(buttons=8, captions=Captions(longest=1024, buttons=True, voice=True))
    whole, kept = compose_beside(
        VOICE, says, "fr", Way(caption, True, listens=True), introduce=None
    )
    assert kept is VOICE
    assert VOICE.url not in whole.text
