"""Whatever arrives, in whatever state: nothing breaks, and rules hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.engine.desk import Arrival, Desk, Outcome, Tap
from bot.engine.turn import take_turn
from bot.flows import base
from bot.flows.base import Consent, HandOver, RecordRsvp, StopMessages
from bot.flows.rsvp import Question as RsvpQuestion
from bot.messages import OptOut, Say
from bot.seats import Seat
from tests.engine.states import STATES, settled
from tests.flows.scenes import scene
from tests.flows.talk import Talk

texts = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["oui", "non", "1", "B2", "c 2", "merci", "on sera 3", "arabe", "ok", "STOP"]),
)
arrivals = st.builds(
    Arrival,
    text=texts,
    tap=st.none()
    | st.builds(
        Tap,
        st.none() | st.integers(0, 4),
        st.sampled_from(["", "coming", "adults", "menu", "which", "x"]),
        st.sampled_from(["yes", "no", "skip", "human", "stop", "2", "speak-ar", "language", "x"]),
    ),
    belongs_to=st.none() | st.integers(0, 4),
    opt_out=st.none() | st.sampled_from(list(OptOut)),
    media=st.sampled_from(["", "photo", "voice"]),
)


@given(
    arrival=arrivals,
    start=st.sampled_from(STATES),
    stopped=st.booleans(),
    waiting=st.booleans(),
    lately=st.booleans(),
)
@example(Arrival(tap=Tap(1, "coming", "yes")), STATES[1], False, False, False)
def test_engine_takes_whatever_arrives(
    arrival: Arrival, start: Callable[[], Talk], stopped: bool, waiting: bool, lately: bool
) -> None:
    talk = start()
    talk.stopped, talk.waiting, talk.lately = stopped, waiting, lately
    desk = talk.desk()
    outcome = take_turn(arrival, desk)
    assert outcome == take_turn(arrival, desk), "the same again"
    _check(outcome, desk)


def _check(outcome: Outcome, desk: Desk) -> None:
    known = {one.id for one in desk.open}
    moved = [one.id for one in outcome.moved if one.id is not None]
    assert set(moved) <= known
    assert len(moved) == len(set(moved)), "a conversation moves once a turn"
    assert sum(isinstance(one, RecordRsvp) for one in outcome.effects) <= 1
    if StopMessages() in outcome.effects:
        closed = {one.id for one in outcome.moved if one.state is None}
        assert closed == known
    agreed = Consent("messages", given=True) in outcome.effects
    if desk.stopped and agreed:
        assert any(one.flow == "welcome" for one in desk.open), "only to the question itself"
    for saying in outcome.says:
        assert isinstance(saying, Say)
        assert len({choice.key for choice in saying.choices}) == len(saying.choices)


def test_stranger_to_every_conversation_moves_none() -> None:
    outcome = take_turn(Arrival(text="oui"), Desk(scene=scene()))
    assert outcome.moved == ()
    assert outcome.effects == (HandOver("question"),)


def test_old_headcount_button_rewinds_to_its_question() -> None:
    talk = settled()
    talk.taps("3", question=RsvpQuestion.ADULTS)
    assert talk.effects == [RecordRsvp("yes", 3, 2, Seat.HELD, 5)]


@pytest.mark.parametrize("text", ["توقف", "PARAR", "arrêt", "STOP", "durdur", "opreste", "СТОП"])
def test_stop_is_heard_in_another_language_than_the_parents_own(text: str) -> None:
    desk = Desk(scene=base.Scene("Ma Chance Moi Aussi", "Les Cèdres", language="fr"))
    outcome = take_turn(Arrival(text), desk)
    assert StopMessages() in outcome.effects
