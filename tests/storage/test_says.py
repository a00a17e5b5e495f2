"""Sayings and conversation states come back from the database as they went in."""

from __future__ import annotations

import json
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.barrier import Barrier
from bot.flows.barrier import Question as BarrierQuestion
from bot.flows.catalog import FLOWS
from bot.flows.meeting import Meeting
from bot.flows.meeting import Question as MeetingQuestion
from bot.flows.offer import Offer
from bot.flows.offer import Question as OfferQuestion
from bot.flows.preferences import MENU, Preferences
from bot.flows.preferences import Question as PreferencesQuestion
from bot.flows.rsvp import Question as RsvpQuestion
from bot.flows.rsvp import Rsvp
from bot.flows.survey import Question as SurveyQuestion
from bot.flows.survey import Survey
from bot.flows.wave import Question as WaveQuestion
from bot.flows.wave import Wave
from bot.flows.welcome import Question as WelcomeQuestion
from bot.flows.welcome import Welcome
from bot.flows.which import Option, Which
from bot.messages import Choice, Param, Say, Texts
from bot.storage.says import dump_say, dump_state, load_say, load_state

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
slots = st.lists(st.integers(1, 2**62), max_size=5).map(tuple)
counts = st.none() | st.integers(0, 60)
texts = st.dictionaries(st.sampled_from(["fr", "ar", "tr"]), words, min_size=1).map(
    lambda by_language: Texts(next(iter(by_language)), by_language)
)
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
plain: st.SearchStrategy[Param] = st.one_of(words, st.integers(), st.dates(), times, texts)


def sayings(params: st.SearchStrategy[Param]) -> st.SearchStrategy[Say]:
    filled = st.dictionaries(st.sampled_from(["title", "day", "text"]), params, max_size=3)
    choices = st.lists(
        st.builds(Choice, words, st.builds(Say, words, params=filled), words), max_size=3
    ).map(tuple)
    asking = st.tuples(choices, words).map(lambda made: (made[0], made[1] if made[0] else ""))
    plural = st.tuples(words, st.integers(0, 99)) | st.just((None, None))
    return st.builds(_saying, words, plural, filled, asking)


def _saying(
    msgid: str,
    plural: tuple[str | None, int | None],
    params: dict[str, Param],
    asking: tuple[tuple[Choice, ...], str],
) -> Say:
    return Say(msgid, plural[0], plural[1], params, asking[0], asking[1])


@given(sayings(plain | sayings(plain)))
def test_saying_comes_back_as_it_was(saying: Say) -> None:
    assert load_say(json.loads(json.dumps(dump_say(saying)))) == saying


def test_what_is_empty_is_left_out() -> None:
    assert dump_say(Say("Great!")) == {"msgid": "Great!"}


def test_menu_comes_back_with_its_labels_in_order() -> None:
    saying = Say("What would you like?", choices=MENU, question="menu")
    assert load_say(dump_say(saying)).choices == MENU


@pytest.mark.parametrize("stored", [1.5, None, [], {"unknown": "kind"}, {"date": "05/12/2026"}])
def test_value_of_no_known_kind_is_refused(stored: object) -> None:
    with pytest.raises(ValueError, match=r"a saying holds|Invalid isoformat"):
        load_say({"msgid": "{day}", "params": {"day": stored}})


STATES: dict[str, st.SearchStrategy[Any]] = {
    "rsvp": st.builds(
        Rsvp,
        st.sampled_from(list(RsvpQuestion)),
        counts,
        counts,
        st.integers(0, 3),
        counts,
        st.none() | st.sampled_from(["held", "waiting"]),
        st.booleans(),
    ),
    "offer": st.builds(Offer, st.sampled_from(list(OfferQuestion)), st.integers(0, 3)),
    "barrier": st.builds(Barrier, st.sampled_from(BarrierQuestion)),
    "survey": st.builds(Survey, st.sampled_from(list(SurveyQuestion)), st.integers(0, 3)),
    "wave": st.builds(Wave, st.sampled_from(list(WaveQuestion)), st.integers(0, 3)),
    "meeting": st.builds(
        Meeting,
        st.sampled_from(list(MeetingQuestion)),
        slots,
        slots,
        st.integers(0, 3),
    ),
    "welcome": st.builds(Welcome, st.sampled_from(list(WelcomeQuestion)), st.integers(0, 3)),
    "preferences": st.builds(
        Preferences, st.sampled_from(list(PreferencesQuestion)), st.integers(0, 3)
    ),
    "which": st.builds(
        Which,
        st.lists(
            st.builds(Option, st.integers(1, 2**62), texts, st.none() | st.dates()), max_size=3
        ).map(tuple),
        words,
        unclear=st.integers(0, 3),
        picked=counts,
    ),
}


def test_every_flow_is_covered() -> None:
    assert STATES.keys() == FLOWS.keys()


@pytest.mark.parametrize("flow", FLOWS)
@given(data=st.data())
def test_state_comes_back_as_it_was(flow: str, data: st.DataObject) -> None:
    state = data.draw(STATES[flow])
    loaded = load_state(flow, json.loads(json.dumps(dump_state(flow, state))))
    assert loaded == state
    assert type(loaded.question) is type(state.question), "flows compare questions by identity"


@pytest.mark.parametrize(
    ("flow", "stored", "state"),
    [
        (
            "rsvp",
            {"question": "children", "adults": 2, "total": None, "unclear": 1},
            Rsvp(RsvpQuestion.CHILDREN, adults=2, unclear=1),
        ),
        (
            "which",
            {
                "options": [
                    {"conversation_id": 7, "title": {"original": "fr", "by_language": {"fr": "A"}}}
                ],
                "text": "oui",
                "question": "which",
                "unclear": 0,
                "picked": None,
            },
            Which((Option(7, Texts("fr", {"fr": "A"})),), "oui"),
        ),
        ("survey", {"question": "may_we"}, Survey(SurveyQuestion.MAY_WE)),
    ],
)
def test_state_of_an_earlier_version_is_still_read(
    flow: str, stored: dict[str, Any], state: object
) -> None:
    assert load_state(flow, stored) == state


def test_hours_and_days_are_stored_as_people_write_them() -> None:
    saying = Say("{day} {hour}", params={"day": date(2026, 12, 5), "hour": time(14, 30)})
    assert dump_say(saying)["params"] == {"day": {"date": "2026-12-05"}, "hour": {"time": "14:30"}}
