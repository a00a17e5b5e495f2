"""Whose answer a message is.

    the tapped button or the quoted message  >  a letter ("B1")  >  the only open question

Otherwise the parent is asked which one. An old button answers for its own event and changes nothing
else; what is settled can be answered anew until it is over.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

from bot.engine.desk import Arrival, Desk, Open, Outcome, awaiting_answer, newest_of, outcome_of
from bot.flows.base import EventStatus
from bot.flows.catalog import FLOWS
from bot.flows.meeting import Meeting, every_moment
from bot.flows.meeting import Question as MeetingQuestion
from bot.flows.rsvp import Question as RsvpQuestion
from bot.flows.rsvp import Rsvp
from bot.flows.which import Option, between
from bot.hearing import decides, digit, lettered, picked
from bot.messages import Asked, Say, say
from bot.understanding.intent import Intent, Understood

ANSWERS = frozenset({Intent.YES, Intent.NO, Intent.MAYBE, Intent.HEADCOUNT, Intent.RATING})
NUMBERS = frozenset({Intent.HEADCOUNT, Intent.RATING})


def letter_in(arrival: Arrival, desk: Desk) -> tuple[str, str]:
    """The letter of an open conversation that a text begins with, or ""; and the rest."""
    return lettered(arrival.text, {one.letter for one in desk.open if one.letter})


def bound_to(arrival: Arrival, desk: Desk) -> Open | None:
    """The conversation that a tap, a quoted message or a letter names."""
    named = arrival.tap.conversation_id if arrival.tap else arrival.belongs_to
    letter, _ = letter_in(arrival, desk)
    for one in desk.open:
        if one.id == named or (named is None and letter and one.letter == letter):
            return one
    return None


def target_of(arrival: Arrival, meant: Understood, desk: Desk) -> Open | Outcome | None:
    """The conversation that takes what names none, an ask-back, or nothing."""
    if arrival.tap is not None or arrival.belongs_to is not None:
        late = arrival.tap is not None or _actionable(arrival, meant)
        return question_closed() if late and not desk.stopped else None
    asking_back = newest_of([one for one in awaiting_answer(desk) if one.flow == "which"])
    if asking_back is not None:
        return asking_back
    if decides(arrival.text, desk.scene.language):
        desk = _without_reasons(desk)
    candidates = _candidates(desk)
    repeated = [one for one in candidates if repeats_label(arrival.text, one)]
    if len(repeated) == 1:
        return repeated[0]
    if not _actionable(arrival, meant):
        return newest_of(awaiting_answer(desk))
    if len(candidates) > 1:
        return _one_of(candidates, arrival, meant, desk)
    return candidates[0] if candidates else None


def _candidates(desk: Desk) -> list[Open]:
    """Open questions first; failing that, settled RSVPs and meetings, which can still change.

    What is said once a meeting was reminded of is said to the reminder. An invitation to what is
    over is nobody's question any more; where nothing else is open, the last one says so.
    """
    current = replace(desk, open=tuple(one for one in desk.open if not _is_over(one)))
    settled = [one for one in current.open if is_settled(one)]
    found = awaiting_answer(current) or [one for one in settled if not _speaks_beside(one, settled)]
    latest = newest_of(awaiting_answer(desk))
    return found or ([latest] if latest is not None else [])


def _without_reasons(desk: Desk) -> Desk:
    """The desk without the question why, where another conversation can take a yes or a no.

    That question is optional: it stands in the way of no answer about coming.
    """
    others = tuple(one for one in desk.open if not asks_reason(one))
    left = replace(desk, open=others)
    return left if _candidates(left) else desk


def changes_mind(bound: Open, arrival: Arrival) -> bool:
    """A typed yes, no or maybe under the question why: it is about coming."""
    if arrival.tap is not None or not asks_reason(bound):
        return False
    return decides(arrival.text, bound.scene.language)


def asked_beside(one: Open, desk: Desk) -> Open | None:
    """The invitation to the same event, or the round of the same meetings, that takes an answer."""
    for other in desk.open:
        if isinstance(other.state, (Rsvp, Meeting)) and same_subject(one, other):
            return None if _is_over(other) else other
    return None


def same_subject(one: Open, other: Open) -> bool:
    """Whether two conversations are about the same event or the same campaign."""
    mine, theirs = (it.scene.event or it.scene.campaign for it in (one, other))
    return (
        mine is not None
        and theirs is not None
        and (type(mine), mine.id) == (type(theirs), theirs.id)
    )


def round_of(bound: Open | None, desk: Desk) -> Open | None:
    """The round of meetings that a wish for another moment is for.

    Beside another question, nobody can tell: a person reads it.
    """
    asked = [bound] if bound is not None else _candidates(desk)
    newest = newest_of(awaiting_answer(desk)) if bound is None else None
    meant = newest or (asked[0] if len(asked) == 1 else None)
    rounds = [one for one in desk.open if isinstance(one.state, Meeting) and not _is_over(one)]
    for one in rounds:
        if meant is not None and (same_subject(one, meant) or _is_meeting_of(one, meant)):
            return one
    return None


def _is_meeting_of(one: Open, other: Open) -> bool:
    """Whether `other` is about the meeting that a moment of the round `one` has become."""
    campaign, event = one.scene.campaign, other.scene.event
    taken = campaign.meeting_id if campaign is not None else None
    return taken is not None and event is not None and event.id == taken


def _speaks_beside(one: Open, settled: list[Open]) -> bool:
    return any(_is_meeting_of(one, other) for other in settled)


def asks_reason(one: Open) -> bool:
    """Whether it asks the optional question why they do not come."""
    return FLOWS[one.flow].asked(one.state) is Asked.REASON


def _is_over(one: Open) -> bool:
    subject = one.scene.event or one.scene.campaign
    asks = isinstance(one.state, (Rsvp, Meeting))
    return asks and subject is not None and subject.status is not EventStatus.UPCOMING


def is_settled(one: Open) -> bool:
    """What someone of the family has answered; an invitation still to leave is none."""
    if isinstance(one.state, Meeting) and not one.awaiting:
        card = one.scene.campaign
        taken = card is not None and card.taken is not None
        return taken or one.state.question is MeetingQuestion.SETTLED
    if not isinstance(one.state, Rsvp) or one.awaiting:
        return False
    answered = one.scene.event is not None and one.scene.event.rsvp is not None
    return answered or one.state.question is RsvpQuestion.SETTLED


def _actionable(arrival: Arrival, meant: Understood) -> bool:
    return meant.intent in ANSWERS or digit(arrival.text) != ""


def repeats_label(text: str, one: Open) -> bool:
    """Whether the words are those of an answer that is offered, and no digit."""
    asked = named_in(one, question_of(one, one.state), text)
    return picked(asked, text, one.scene.language) is not None and digit(text) == ""


def _one_of(
    candidates: list[Open], arrival: Arrival, meant: Understood, desk: Desk
) -> Open | Outcome | None:
    """Several questions are open: the menu just shown takes its digit, else we ask back."""
    if digit(arrival.text) == "":
        candidates = [one for one in candidates if one.flow != "preferences"]
    newest = newest_of(candidates)
    if newest is not None and all(same_subject(newest, one) for one in candidates):
        return newest  # a reminder and an offer, say: there is nothing to choose between
    just_asked = newest_of([one for one in candidates if one.fresh and _is_midway(one)])
    if just_asked is not None and (digit(arrival.text) or meant.intent in NUMBERS):
        return just_asked
    dated = [option for one in sorted(candidates, key=_moment) if (option := _option(one))]
    if len(dated) < 2 or (newest is not None and _option(newest) is None):
        return newest
    turn = between(tuple(dated), arrival.text, desk.scene)
    return outcome_of(None, "which", turn, "ambiguous")


def _is_midway(one: Open) -> bool:
    """Whether the question on the table was put in answer to the parent, not by outreach."""
    answered = one.scene.campaign is not None and bool(one.scene.campaign.answered)
    return one.awaiting and (answered or one.state != FLOWS[one.flow].open(one.scene).state)


def _option(one: Open) -> Option | None:
    """A conversation by what it is about; None where it is about nothing."""
    subject = one.scene.event or one.scene.campaign
    return Option(one.id, subject.title, subject.on) if subject is not None else None


def _moment(one: Open) -> tuple[date, time, int]:
    """The nearest first."""
    event, campaign = one.scene.event, one.scene.campaign
    if event is not None:
        return event.on, event.at, one.id
    return campaign.on if campaign is not None else date.max, time(), one.id


def question_closed() -> Outcome:
    """Too late: nothing changes, and that is said."""
    return Outcome((say("This question is closed. Nothing has changed."),), intent="late")


def question_of(target: Open, state: Any) -> Say | None:
    """The question that a text may answer; what is settled can be answered anew."""
    question = FLOWS[target.flow].ask(state, target.scene)
    if question is None and isinstance(state, Rsvp):
        return FLOWS["rsvp"].ask(Rsvp(RsvpQuestion.COMING), target.scene)
    if question is None and isinstance(state, Meeting):
        again = replace(state, question=MeetingQuestion.MOMENT)
        return FLOWS["meeting"].ask(again, target.scene)
    return question


def named_in(target: Open, question: Say | None, text: str) -> Say | None:
    """The question that a text answers: of all free moments, where it names none of those shown."""
    if not isinstance(target.state, Meeting) or picked(question, text, target.scene.language):
        return question
    every = every_moment(target.scene)
    return every if picked(every, text, target.scene.language) else question
