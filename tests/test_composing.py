"""From sayings to one message: buttons, numbered menus and private links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.shapes import SHAPES
from bot.composing import Way, compose, compose_beside, introduction, payload
from bot.flows.catalog import FLOWS
from bot.flows.menus import HUMAN
from bot.flows.preferences import open_languages, open_preferences
from bot.flows.rsvp import Question, Rsvp, open_rsvp
from bot.flows.rsvp import ask as ask_rsvp
from bot.flows.survey import Survey
from bot.flows.survey import ask as ask_survey
from bot.flows.which import Option, between
from bot.messages import ChannelName, Media, MediaKind, Say, Shape, say
from bot.translation import catalog_languages
from tests.flows.scenes import READING, SATURDAY, card, scene

SMS, TELEGRAM, WHATSAPP = Shape(), Shape(buttons=8, edits=True), Shape(buttons=10, window=True)
LINK = "https://carnet.example/l/abc"
ONE_WAY = Way(SMS, can_receive=False, link=LINK)
TWO_WAY = Way(SMS, can_receive=True)
BUTTONS = Way(TELEGRAM, can_receive=True, conversation_id=12)

INVITATION = open_rsvp(scene(card())).says
HOW_WAS_IT = (ask_survey(Survey(), scene(card())),)
WHICH = between((Option(1, READING, SATURDAY), Option(2, READING)), "oui", scene()).says
LANGUAGES = open_languages(scene()).says
MENU = open_preferences(scene()).says


def headcount() -> tuple[Say, ...]:
    question = ask_rsvp(Rsvp(Question.CHILDREN), scene(card()))
    assert question is not None
    return say("Great!"), question


def lines(says: tuple[Say, ...], way: Way, language: str | None = "fr") -> list[str]:
    return compose(says, language, way, introduce=None).text.split("\n")


# -- one way --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", catalog_languages())
@pytest.mark.parametrize("says", [INVITATION, HOW_WAS_IT, MENU, (say("Great!"),)])
def test_one_way_text_carries_exactly_one_link_and_no_menu(
    says: tuple[Say, ...], language: str
) -> None:
    composed = compose(says, language, ONE_WAY, introduce=None)
    assert composed.text.count(LINK) == 1
    assert composed.text.endswith(LINK)
    assert composed.buttons == ()
    assert not any(line.startswith(("1 ", "2 ", "9 ")) for line in composed.text.split("\n"))


def test_one_way_introduction_asks_for_no_answer_by_text() -> None:
    first = compose(
        INVITATION, "fr", ONE_WAY, introduce=introduction("Les Mots", can_receive=False)
    )
    assert first.text.startswith("Ici Les Mots.\n")
    assert "STOP" not in first.text


# -- two ways -------------------------------------------------------------------------------------


def test_two_way_text_carries_a_numbered_menu_and_no_link() -> None:
    assert lines(INVITATION, TWO_WAY)[-3:] == ["1 Oui", "2 Non", "3 Je ne sais pas"]


def test_letter_tells_one_menu_from_another() -> None:
    way = Way(SMS, can_receive=True, letter="B")
    assert lines(INVITATION, way)[-3:] == ["B1 Oui", "B2 Non", "B3 Je ne sais pas"]


def test_answer_that_is_its_own_digit_needs_no_line() -> None:
    assert lines(headcount(), TWO_WAY) == ["Parfait !", "Combien d'enfants viendront ?"]


def test_digits_are_listed_where_a_letter_must_stand_before_them() -> None:
    way = Way(SMS, can_receive=True, letter="C")
    assert lines(headcount(), way)[2:] == ["C0 0", "C1 1", "C2 2", "C3 3", "C4 4", "C5 5"]


def test_scale_of_a_survey_shows_what_its_digits_mean() -> None:
    assert lines(HOW_WAS_IT, TWO_WAY)[1:] == [
        "1 Pas bien",
        "2 Moyen",
        "3 Bien",
        "4 Très bien",
        "0 Passer",
    ]


def test_ask_back_shows_the_events() -> None:
    assert lines(WHICH, TWO_WAY)[1:] == [
        "1 Atelier lecture, samedi 5 décembre",
        "2 Atelier lecture",
    ]


def test_languages_are_shown_in_their_own_words() -> None:
    assert lines(LANGUAGES, TWO_WAY)[1:4] == ["1 Français", "2 العربية", "3 Türkçe"]


@pytest.mark.parametrize("language", catalog_languages())
@pytest.mark.parametrize("says", [INVITATION, HOW_WAS_IT, WHICH, MENU, LANGUAGES])
def test_menu_has_one_line_for_each_choice_in_every_language(
    says: tuple[Say, ...], language: str
) -> None:
    shown = lines(says, TWO_WAY, language)
    for choice in says[-1].choices:
        assert sum(line.startswith(f"{choice.key} ") for line in shown) == 1


def test_saying_without_a_question_has_no_menu() -> None:
    assert lines((say("Thank you for telling us."),), TWO_WAY) == ["Merci de nous avoir prévenus."]


# -- buttons --------------------------------------------------------------------------------------


def test_buttons_carry_their_conversation_and_question() -> None:
    composed = compose(INVITATION, "fr", BUTTONS, introduce=None)
    assert [(one.label, one.payload) for one in composed.buttons] == [
        ("Oui", "12:coming:yes"),
        ("Non", "12:coming:no"),
        ("Je ne sais pas", "12:coming:maybe"),
    ]
    assert "1 Oui" not in composed.text


@pytest.mark.parametrize(("buttons", "fits"), [(2, False), (3, True), (10, True), (0, False)])
def test_buttons_where_they_fit_else_a_menu(buttons: int, *, fits: bool) -> None:
    way = Way(Shape(buttons=buttons), can_receive=True)
    composed = compose(INVITATION, "fr", way, introduce=None)
    assert (len(composed.buttons) == 3) is fits
    assert ("1 Oui" in composed.text) is not fits


def test_last_question_of_a_message_has_the_buttons() -> None:
    composed = compose((*INVITATION, *headcount()), "fr", BUTTONS, introduce=None)
    assert [one.label for one in composed.buttons] == ["0", "1", "2", "3", "4", "5"]


CODES = [
    (question.value, code)
    for flow in FLOWS.values()
    for question in type(flow.state().question)
    for code in ("yes", "maybe", "language", "skip", "human", "12", "prs")
]


@given(st.integers(1, 2**63 - 1) | st.none(), st.sampled_from(CODES))
def test_payload_fits_into_64_bytes_for_any_conversation(
    conversation_id: int | None, code: tuple[str, str]
) -> None:
    assert len(payload(conversation_id, *code).encode()) <= 64
    assert payload(conversation_id, *code).count(":") == 2


# -- language -------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [TWO_WAY, BUTTONS], ids=["menu", "buttons"])
def test_parent_whose_language_we_lack_reads_french_and_is_offered_a_call(way: Way) -> None:
    composed = compose(INVITATION, "so", way, introduce=None)
    assert composed.language == "fr"
    shown = [one.label for one in composed.buttons] or composed.text.split("\n")
    assert shown[-1] in ("Appelez-moi", "9 Appelez-moi")


@pytest.mark.parametrize("language", ["fr", "ar", None])
def test_parent_who_is_read_or_not_known_yet_is_offered_what_the_question_offers(
    language: str | None,
) -> None:
    composed = compose(INVITATION, language, BUTTONS, introduce=None)
    assert len(composed.buttons) == 3


def test_call_is_offered_once() -> None:
    composed = compose(MENU, "so", BUTTONS, introduce=None)
    labels = [one.label for one in composed.buttons]
    assert labels.count("Appelez-moi") == 1
    assert HUMAN in MENU[-1].choices


def test_message_is_in_the_language_that_it_says() -> None:
    composed = compose(INVITATION, "ar", TWO_WAY, introduce=None)
    assert composed.language == "ar"
    assert "نعم" in composed.text


# -- introduction ---------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [TWO_WAY, BUTTONS], ids=["menu", "buttons"])
def test_first_message_says_once_who_writes_and_how_to_stop(way: Way) -> None:
    first = compose(INVITATION, "fr", way, introduce=introduction("Les Mots", can_receive=True))
    later = compose(INVITATION, "fr", way, introduce=None)
    told = "Ici Les Mots. Pour stopper nos messages, écrivez STOP."
    assert first.text == f"{told}\n{later.text}"
    assert told not in later.text
    assert first.buttons == later.buttons


# -- beside a voice note or a picture -------------------------------------------------------------

WHERE = "https://carnet.example/m/token"
VOICE = Media(1, MediaKind.VOICE, "audio/ogg", b"OggS", WHERE, 12)
PICTURE = Media(2, MediaKind.PICTURE, "image/jpeg", b"\xff\xd8", WHERE)
ON_TELEGRAM = Way(SHAPES[ChannelName.TELEGRAM], can_receive=True)
ON_WHATSAPP = Way(SHAPES[ChannelName.WHATSAPP], can_receive=True)
BESIDE = {  # how it travels: with the message; its address in the text; buttons
    "telegram, voice": (ON_TELEGRAM, VOICE, True, False, True),
    "telegram, picture": (ON_TELEGRAM, PICTURE, True, False, True),
    "whatsapp, voice": (ON_WHATSAPP, VOICE, True, True, True),
    "whatsapp, picture": (ON_WHATSAPP, PICTURE, True, False, False),
    "two-way SMS, voice": (TWO_WAY, VOICE, False, True, False),
    "one-way SMS, voice": (ONE_WAY, VOICE, False, False, False),
}


@pytest.mark.parametrize(("way", "media", "travels", "named", "taps"), BESIDE.values(), ids=BESIDE)
def test_voice_or_picture_travels_as_each_channel_can(
    way: Way, media: Media, *, travels: bool, named: bool, taps: bool
) -> None:
    composed, beside = compose_beside(media, INVITATION, "fr", way, introduce=None)
    assert (beside is media) is travels
    assert (WHERE in composed.text) is named
    assert bool(composed.buttons) is taps


@pytest.mark.parametrize("way", [ON_TELEGRAM, ON_WHATSAPP], ids=["telegram", "whatsapp"])
@pytest.mark.parametrize(("letter", "most"), [("a", 1024), ("😀", 512)])
def test_text_that_is_too_long_for_a_caption_names_the_address_and_goes_alone(
    way: Way, letter: str, most: int
) -> None:
    fits, beside = compose_beside(PICTURE, [say(letter * most)], "fr", way, introduce=None)
    long, alone = compose_beside(PICTURE, [say(letter * (most + 1))], "fr", way, introduce=None)
    assert (beside, WHERE in fits.text) == (PICTURE, False)
    assert (alone, WHERE in long.text) == (None, True)
