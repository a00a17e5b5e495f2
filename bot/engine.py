"""The engine: the open conversations of one address, one message and a moment, in; a turn, out.

    STOP, START  >  alarm  >  a person  >  language  >  the conversation it belongs to  >  nobody's

Words that a person must see are looked for in whatever is written. The answer beside them counts,
and nothing of the usual is said: one sentence, then silence until a person has released them.

An answer belongs to its question. In this order: the tapped button or the quoted message, a letter
in the text ("B1"), the only open question; otherwise the parent is asked which one. Thanks and
"ok" after an answer change nothing and get none. What no conversation can take goes to a person;
while a person talks with them, free text is for that person. Pure: what is true outside comes back
as effects.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum
from typing import Any

from bot.flows.alarms import SAFETY, called, emergency, gently
from bot.flows.answers import Answer, No, Picked, Unclear, Yes, of_code
from bot.flows.barrier import open_barrier
from bot.flows.base import (
    CALL,
    ChangeLanguage,
    Consent,
    DeclineSlots,
    Effect,
    EndPause,
    EventStatus,
    HandOver,
    PauseMessages,
    RaiseAlarm,
    RecordRsvp,
    ResumeMessages,
    Scene,
    StopMessages,
    TakeSlot,
    Turn,
)
from bot.flows.catalog import FLOWS
from bot.flows.meeting import Meeting, every_moment
from bot.flows.meeting import Question as MeetingQuestion
from bot.flows.menus import HUMAN, LANGUAGES, PROMISED
from bot.flows.preferences import (
    PAUSES,
    open_languages,
    open_pauses,
    open_preferences,
    paused,
    resumed,
    speaking,
    stopped,
    with_surveys,
    without_surveys,
)
from bot.flows.received import received
from bot.flows.rsvp import Question as RsvpQuestion
from bot.flows.rsvp import Rsvp
from bot.flows.which import Option, Which, between
from bot.hearing import (
    answer_to,
    decides,
    digit,
    gives_reason,
    hear,
    is_courtesy,
    lettered,
    only_agrees,
    picked,
    reason_in,
    wants_surveys,
    without_words,
)
from bot.messages import Asked, OptOut, Say, say
from bot.understanding.alarm import Alarm, Kind, alarm
from bot.understanding.intent import Intent, Scope, Understood

SPEAK = "speak-"  # a link page's button for a language: "speak-ar"
STOP = "stop"
START = "start"
ANSWERS = frozenset({Intent.YES, Intent.NO, Intent.MAYBE, Intent.HEADCOUNT, Intent.RATING})
NUMBERS = frozenset({Intent.HEADCOUNT, Intent.RATING})
FOR_A_PERSON = frozenset({Intent.QUESTION, Intent.RESCHEDULE})
SURVEY_FLOWS = frozenset({"survey", "wave", "barrier"})
GUARDED = "safeguarding"  # why automation says nothing at all
WRONG_NUMBER = "wrong_number"


@dataclass(frozen=True, slots=True)
class Open:
    """One conversation that can still take an answer. `order`: larger is more recent.

    `fresh`: its last turn was minutes ago, and nothing else has been asked at this address since.
    """

    id: int
    flow: str
    state: Any
    scene: Scene
    awaiting: bool
    letter: str = ""
    order: int = 0
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Tap:
    """A button, bound to its conversation and to its question ("" where the channel lost it)."""

    conversation_id: int | None
    question: str
    code: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """One thing that a parent sent. `belongs_to`: the conversation of the message they quoted."""

    text: str = ""
    tap: Tap | None = None
    belongs_to: int | None = None
    opt_out: OptOut | None = None
    media: str = ""  # the kind of what came beside words, see flows.received


@dataclass(frozen=True, slots=True)
class Desk:
    """What we know of the sender when the message arrives.

    `paused`: the family has asked for silence for some time.
    `waiting`: a task of theirs is open, so a person reads along. `talking`: a person has answered
    them lately, so automation is silent. `lately`: something of ours reached them, or they settled
    something, in the last hours, so that thanks or a greeting are an answer to it. `held`: what
    was heard, after which automation waits for a person to release it; "" where nothing was.
    """

    scene: Scene
    open: tuple[Open, ...] = ()
    stopped: bool = False
    paused: bool = False
    waiting: bool = False
    talking: bool = False
    lately: bool = False
    held: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """What becomes of one conversation; `id` None: it starts here. `state` None: it ends.

    What starts `beside` another conversation is about the same person and event.
    """

    id: int | None
    flow: str
    state: Any | None
    awaiting: bool
    beside: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one message leads to. `says` go out together; they belong to the last of `moved`.

    `effects` do so, too; a conversation that starts beside another is about the same event.
    """

    says: tuple[Say, ...] = ()
    effects: tuple[Effect, ...] = ()
    moved: tuple[Moved, ...] = ()
    intent: str = ""
    answered: bool = False  # the tapped or quoted question now has its answer


def take_turn(arrival: Arrival, desk: Desk) -> Outcome:
    """Take one message. Never raises for what a parent may send."""
    arrival = _loose(arrival)
    heard = alarm(arrival.text, desk.scene.language) if arrival.tap is None else None
    if heard is None:
        return _guarded(_turn(arrival, desk), desk)
    outcome = _turn(arrival, replace(desk, waiting=True))  # what is usually said is not
    if heard.kind is Kind.CALL_ME:
        return _guarded(_with_a_call(outcome, desk), desk)
    return _guarded(_alarmed(outcome, heard, desk), desk)


def _turn(arrival: Arrival, desk: Desk) -> Outcome:
    """What the words lead to, whatever alarm is in them."""
    meant = _meaning(arrival, desk)
    if arrival.opt_out is OptOut.STOP:
        return Outcome(effects=(StopMessages(),), moved=_close_all(desk), intent="stop")
    if arrival.opt_out is OptOut.START:
        return Outcome(effects=(ResumeMessages(),), intent="start")
    refusal = _refusal(arrival, meant)
    if refusal is Scope.EVERYTHING:
        return Outcome((stopped(),), (StopMessages(),), _close_all(desk), "stop")
    if refusal is Scope.SURVEYS:
        return _no_surveys(desk)
    if refusal is Scope.EVENT:
        meant = Understood(Intent.NO, scope=Scope.EVENT)
    if desk.scene.surveys is False and _wants_surveys(arrival, meant, desk):
        return Outcome((with_surveys(),), (Consent("surveys", given=True),), intent="surveys")
    if meant.intent is Intent.START or _tapped(arrival, START):
        return Outcome((resumed(),), _resuming(desk), intent="start")
    if _wants_person(arrival, meant) and not _says_what_is_offered(arrival, desk):
        return _calls(arrival, desk)
    bound = _bound(arrival, desk)
    if desk.talking and bound is None and arrival.tap is None:
        return _to_a_person(meant, desk)
    wanted = _wanted_language(arrival, meant)
    if wanted is not None:
        return _language(wanted, arrival, desk)
    if meant.intent is Intent.PAUSE:
        return _outcome(None, "preferences", open_pauses(desk.scene), "pause")
    if arrival.tap is not None and not arrival.tap.question and arrival.tap.code in PAUSES:
        days = PAUSES[arrival.tap.code]
        return Outcome((paused(days),), (PauseMessages(days),), intent="pause")
    if bound is not None and _changes_mind(bound, arrival):
        bound = _asked_beside(bound, desk) or bound
    if meant.intent is Intent.RESCHEDULE:
        bound = _round_of(bound, desk) or bound
    target = bound or _target(arrival, meant, desk)
    if isinstance(target, Open):
        return _advance(target, arrival, desk)
    if isinstance(target, Outcome):
        return target
    return _nobodys(arrival, meant, desk)


# -- what it means --------------------------------------------------------------------------------


def _loose(arrival: Arrival) -> Arrival:
    """A tap that has lost its conversation counts as its words."""
    tap = arrival.tap
    if tap is None or tap.conversation_id is not None or _of_no_question(tap):
        return arrival
    return replace(arrival, tap=None, text=arrival.text or tap.code)


def _of_no_question(tap: Tap) -> bool:
    return tap.code in (STOP, START, HUMAN.code, *PAUSES) or tap.code.startswith(SPEAK)


def _meaning(arrival: Arrival, desk: Desk) -> Understood:
    """What the words mean before we know whose answer they are: to the newest question."""
    if arrival.tap is not None:
        return Understood(Intent.OTHER)
    newest = _newest(_awaiting(desk))
    asked = Asked.RSVP if desk.open else Asked.ANY
    if newest is not None:
        asked = FLOWS[newest.flow].asked(newest.state)
    return hear(_lettered(arrival, desk)[1], desk.scene.language, asked)


def _refusal(arrival: Arrival, meant: Understood) -> Scope | None:
    """How much is refused; None where nothing is.

    A stop is heard in every language, whatever the one that the parent reads.
    """
    if arrival.tap is not None:
        return Scope.EVERYTHING if _tapped(arrival, STOP) else None
    if meant.intent is not Intent.STOP and arrival.text:
        meant = hear(arrival.text, None, Asked.ANY)
    return (meant.scope or Scope.EVERYTHING) if meant.intent is Intent.STOP else None


def _no_surveys(desk: Desk) -> Outcome:
    """No more questions: those on the table are closed, invitations go on."""
    closed = tuple(
        Moved(one.id, one.flow, None, awaiting=False)
        for one in desk.open
        if one.flow in SURVEY_FLOWS
    )
    refused = Consent("surveys", given=False)
    return Outcome((without_surveys(),), (refused,), closed, "stop_surveys")


def _wants_surveys(arrival: Arrival, meant: Understood, desk: Desk) -> bool:
    """Whether who refused our questions wants them again: by name, or by START alone."""
    if arrival.tap is not None or desk.stopped:
        return False
    started = meant.intent is Intent.START and not desk.paused
    return started or wants_surveys(arrival.text, desk.scene.language)


def _tapped(arrival: Arrival, code: str) -> bool:
    return arrival.tap is not None and arrival.tap.code == code


def _wants_person(arrival: Arrival, meant: Understood) -> bool:
    if arrival.tap is not None:
        return arrival.tap.code == HUMAN.code
    carrier = arrival.opt_out is OptOut.HELP
    return carrier or meant.intent is Intent.HELP or digit(arrival.text) == HUMAN.key


def _calls(arrival: Arrival, desk: Desk) -> Outcome:
    """Hand over; who pressed "Call me" waits for a call, not for a message."""
    if arrival.tap is None:
        says = () if desk.talking else (_someone_answers(),)
        return Outcome(says, (HandOver("asked"),), intent="help")
    return Outcome((say("Someone from the team will call you."),), (HandOver(CALL),), intent="help")


def _resuming(desk: Desk) -> tuple[Effect, ...]:
    """What comes again after a stop, or after a pause that the family had asked for."""
    resumes = (ResumeMessages(),) if desk.stopped else ()
    return (*resumes, EndPause()) if desk.paused else resumes


def _says_what_is_offered(arrival: Arrival, desk: Desk) -> bool:
    """The words of an answer on the table: "Je n'ai pas compris" where that is one of them."""
    if arrival.tap is not None or arrival.opt_out is not None:
        return False
    return any(_repeats_label(arrival.text, one) for one in _awaiting(desk))


def _wanted_language(arrival: Arrival, meant: Understood) -> str | None:
    """The language asked for; "" when none was named; None when nothing of the kind was asked."""
    if arrival.tap is not None:
        code = arrival.tap.code
        return code.removeprefix(SPEAK) if code.startswith(SPEAK) else None
    if meant.intent is not Intent.LANGUAGE:
        return None
    return meant.value if isinstance(meant.value, str) else ""


def _lettered(arrival: Arrival, desk: Desk) -> tuple[str, str]:
    return lettered(arrival.text, {one.letter for one in desk.open if one.letter})


def _awaiting(desk: Desk) -> list[Open]:
    return [one for one in desk.open if one.awaiting]


def _newest(conversations: list[Open]) -> Open | None:
    return max(conversations, key=lambda one: one.order, default=None)


# -- what a person must see -----------------------------------------------------------------------


def _alarmed(outcome: Outcome, heard: Alarm, desk: Desk) -> Outcome:
    """The answer stands, a person is called, and one thing is said, once."""
    kept = [one for one in outcome.effects if not isinstance(one, HandOver)]
    if heard.kind is Kind.WRONG_NUMBER:  # whoever that is, they answer for nobody of ours
        kept = [one for one in kept if isinstance(one, StopMessages)]
        outcome = replace(outcome, moved=outcome.moved if kept else ())
    effects = (RaiseAlarm(heard.kind, heard.evidence), *kept)
    stops = tuple(one for one in outcome.says if one == stopped())
    if heard.kind in SAFETY:
        return replace(outcome, says=(*stops, emergency()), effects=effects, answered=False)
    said = () if desk.stopped or desk.held else (gently(heard.kind),)
    return replace(outcome, says=(*stops, *said), effects=effects, answered=False)


def _with_a_call(outcome: Outcome, desk: Desk) -> Outcome:
    """The answer stands, and somebody will call; what was not understood is not asked again."""
    kept = tuple(one for one in outcome.effects if not isinstance(one, HandOver))
    effects = (*kept, HandOver(CALL))
    if desk.stopped:
        return replace(outcome, effects=effects)
    if not kept:
        return Outcome((called(),), effects, intent="help")
    asks = bool(outcome.says) and bool(outcome.says[-1].choices)
    told, question = (outcome.says[:-1], outcome.says[-1:]) if asks else (outcome.says, ())
    return replace(outcome, says=(*told, called(), *question), effects=effects)


def _guarded(outcome: Outcome, desk: Desk) -> Outcome:
    """Automation that waits for a person answers nothing: not in danger, not to a wrong number."""
    if desk.held != GUARDED:
        silent = desk.held == WRONG_NUMBER and not _is_safety(outcome)
        return replace(outcome, says=(), answered=False) if silent else outcome
    effects = tuple(
        HandOver(GUARDED) if isinstance(one, HandOver) else one for one in outcome.effects
    )
    return replace(outcome, says=(), effects=effects, answered=False)


def _is_safety(outcome: Outcome) -> bool:
    return any(isinstance(one, RaiseAlarm) and one.kind in SAFETY for one in outcome.effects)


# -- whose answer it is ---------------------------------------------------------------------------


def _bound(arrival: Arrival, desk: Desk) -> Open | None:
    """The conversation that a tap, a quoted message or a letter names."""
    named = arrival.tap.conversation_id if arrival.tap else arrival.belongs_to
    letter, _ = _lettered(arrival, desk)
    for one in desk.open:
        if one.id == named or (named is None and letter and one.letter == letter):
            return one
    return None


def _target(arrival: Arrival, meant: Understood, desk: Desk) -> Open | Outcome | None:
    """The conversation that takes what names none, an ask-back, or nothing."""
    if arrival.tap is not None or arrival.belongs_to is not None:
        late = arrival.tap is not None or _actionable(arrival, meant)
        return _closed() if late and not desk.stopped else None
    asking_back = _newest([one for one in _awaiting(desk) if one.flow == "which"])
    if asking_back is not None:
        return asking_back
    if decides(arrival.text, desk.scene.language):
        desk = _without_reasons(desk)
    candidates = _candidates(desk)
    repeated = [one for one in candidates if _repeats_label(arrival.text, one)]
    if len(repeated) == 1:
        return repeated[0]
    if not _actionable(arrival, meant):
        return _newest(_awaiting(desk))
    if len(candidates) > 1:
        return _one_of(candidates, arrival, meant, desk)
    return candidates[0] if candidates else None


def _candidates(desk: Desk) -> list[Open]:
    """Open questions first; failing that, settled RSVPs and meetings, which can still change.

    What is said once a meeting was reminded of is said to the reminder. An invitation to what is
    over is nobody's question any more; where nothing else is open, the last one says so.
    """
    current = replace(desk, open=tuple(one for one in desk.open if not _is_over(one)))
    settled = [one for one in current.open if _is_settled(one)]
    found = _awaiting(current) or [one for one in settled if not _speaks_beside(one, settled)]
    latest = _newest(_awaiting(desk))
    return found or ([latest] if latest is not None else [])


def _without_reasons(desk: Desk) -> Desk:
    """The desk without the question why, where another conversation can take a yes or a no.

    That question is optional: it stands in the way of no answer about coming.
    """
    others = tuple(one for one in desk.open if not _asks_reason(one))
    left = replace(desk, open=others)
    return left if _candidates(left) else desk


def _changes_mind(bound: Open, arrival: Arrival) -> bool:
    """A typed yes, no or maybe under the question why: it is about coming."""
    if arrival.tap is not None or not _asks_reason(bound):
        return False
    return decides(arrival.text, bound.scene.language)


def _asked_beside(one: Open, desk: Desk) -> Open | None:
    """The invitation to the same event, or the round of the same meetings, that takes an answer."""
    for other in desk.open:
        if isinstance(other.state, (Rsvp, Meeting)) and _same_subject(one, other):
            return None if _is_over(other) else other
    return None


def _same_subject(one: Open, other: Open) -> bool:
    """Whether two conversations are about the same event or the same campaign."""
    mine, theirs = (it.scene.event or it.scene.campaign for it in (one, other))
    return (
        mine is not None
        and theirs is not None
        and (type(mine), mine.id) == (type(theirs), theirs.id)
    )


def _round_of(bound: Open | None, desk: Desk) -> Open | None:
    """The round of meetings that a wish for another moment is for.

    Beside another question, nobody can tell: a person reads it.
    """
    asked = [bound] if bound is not None else _candidates(desk)
    newest = _newest(_awaiting(desk)) if bound is None else None
    meant = newest or (asked[0] if len(asked) == 1 else None)
    rounds = [one for one in desk.open if isinstance(one.state, Meeting) and not _is_over(one)]
    for one in rounds:
        if meant is not None and (_same_subject(one, meant) or _is_meeting_of(one, meant)):
            return one
    return None


def _is_meeting_of(one: Open, other: Open) -> bool:
    """Whether `other` is about the meeting that a moment of the round `one` has become."""
    campaign, event = one.scene.campaign, other.scene.event
    taken = campaign.meeting_id if campaign is not None else None
    return taken is not None and event is not None and event.id == taken


def _speaks_beside(one: Open, settled: list[Open]) -> bool:
    return any(_is_meeting_of(one, other) for other in settled)


def _asks_reason(one: Open) -> bool:
    return FLOWS[one.flow].asked(one.state) is Asked.REASON


def _is_over(one: Open) -> bool:
    subject = one.scene.event or one.scene.campaign
    asks = isinstance(one.state, (Rsvp, Meeting))
    return asks and subject is not None and subject.status is not EventStatus.UPCOMING


def _is_settled(one: Open) -> bool:
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


def _repeats_label(text: str, one: Open) -> bool:
    asked = _named_in(one, _question(one, one.state), text)
    return picked(asked, text, one.scene.language) is not None and digit(text) == ""


def _one_of(
    candidates: list[Open], arrival: Arrival, meant: Understood, desk: Desk
) -> Open | Outcome | None:
    """Several questions are open: the menu just shown takes its digit, else we ask back."""
    if digit(arrival.text) == "":
        candidates = [one for one in candidates if one.flow != "preferences"]
    newest = _newest(candidates)
    if newest is not None and all(_same_subject(newest, one) for one in candidates):
        return newest  # a reminder and an offer, say: there is nothing to choose between
    just_asked = _newest([one for one in candidates if one.fresh and _is_midway(one)])
    if just_asked is not None and (digit(arrival.text) or meant.intent in NUMBERS):
        return just_asked
    dated = [option for one in sorted(candidates, key=_moment) if (option := _option(one))]
    if len(dated) < 2 or (newest is not None and _option(newest) is None):
        return newest
    turn = between(tuple(dated), arrival.text, desk.scene)
    return _outcome(None, "which", turn, "ambiguous")


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


def _closed() -> Outcome:
    return Outcome((say("This question is closed. Nothing has changed."),), intent="late")


# -- what it does ---------------------------------------------------------------------------------


def _advance(target: Open, arrival: Arrival, desk: Desk) -> Outcome:
    flow = FLOWS[target.flow]
    state = _rewound(target, arrival)
    language = target.scene.language
    arrival = replace(arrival, text=_lettered(arrival, desk)[1])
    meant = Understood(Intent.OTHER)
    answer: Answer
    if arrival.tap is not None:
        answer = of_code(arrival.tap.code)
    else:
        meant = hear(arrival.text, language, flow.asked(state))
        asked = _named_in(target, _question(target, state), arrival.text)
        answer = answer_to(asked, arrival.text, meant, language)
        if _asks_reason(target):
            answer = reason_in(answer, arrival.text, meant, language)
        if meant.scope is Scope.EVENT and meant.intent is Intent.STOP:
            meant, answer = Understood(Intent.NO), No()  # of this one gathering, not of us
        if answer == Picked(HUMAN.code):
            return _to_a_person(meant, desk, target, reason="asked")
        taken = _without_turn(target, arrival, meant, answer, desk)
        if taken is not None:
            return taken
    turn = flow.advance(state, answer, target.scene)
    if isinstance(turn.state, Which) and turn.state.picked is not None:
        return _resolved(target, turn.state, desk)
    outcome = _outcome(target, target.flow, turn, "tap" if arrival.tap else meant.intent)
    outcome = replace(outcome, moved=(*_overtaken(target, turn, desk), *outcome.moved))
    handed_over = any(isinstance(one, HandOver) for one in turn.effects)
    if _for_a_person(arrival, meant, answer) and not handed_over:
        return _with_a_person(outcome, desk, "question")
    if _may_ask_why(target, turn, desk) and not gives_reason(arrival.text, language):
        return _asking_why(outcome, target)
    return outcome


def _may_ask_why(target: Open, turn: Turn[Any], desk: Desk) -> bool:
    """A family's first no, unless they refused questions or a person is with them."""
    scene = target.scene
    if not any(_declines(one) for one in turn.effects) or scene.surveys is False:
        return False
    again = scene.event is not None and (scene.event.rsvp == "no" or scene.event.asked_why)
    again |= scene.campaign is not None and (scene.campaign.declined or scene.campaign.asked_why)
    return not again and not (desk.talking or desk.waiting or desk.stopped)


def _declines(effect: Effect) -> bool:
    if isinstance(effect, RecordRsvp):
        return effect.reply == "no"
    return isinstance(effect, DeclineSlots)


def _asking_why(outcome: Outcome, target: Open) -> Outcome:
    """Put the optional question under the thanks; it lives in a conversation of its own."""
    turn = open_barrier(target.scene)
    opened = Moved(None, "barrier", turn.state, turn.awaiting, beside=target.id)
    return replace(outcome, says=(*outcome.says, *turn.says), moved=(*outcome.moved, opened))


def _without_turn(
    target: Open, arrival: Arrival, meant: Understood, answer: Answer, desk: Desk
) -> Outcome | None:
    """What a typed text does when it is no answer to this question; None: it is one."""
    text, language = arrival.text, target.scene.language
    if isinstance(answer, Unclear):
        if _for_a_person(arrival, meant, answer) or desk.talking:
            return _to_a_person(meant, desk, target, media=arrival.media)
        if is_courtesy(text, language):
            return _courteously(target, meant, desk)
        if desk.waiting or not target.awaiting:
            return _to_a_person(meant, desk, target)
    answered = _said_yes(target.scene) or not target.awaiting
    if meant.intent is Intent.MAYBE and answered and is_courtesy(text, language):
        return _courteously(target, meant, desk)  # "inchallah" after an answer takes none back
    if answer == Yes() and not target.awaiting and _only_receives(target, text):
        undecided = target.scene.event is not None and target.scene.event.rsvp == "maybe"
        if undecided and not (desk.lately or desk.waiting):
            return _asked_again(target, meant)
        return Outcome(intent=meant.intent)
    return None


def _said_yes(scene: Scene) -> bool:
    if scene.campaign is not None and scene.campaign.taken is not None:
        return True
    return scene.event is not None and scene.event.rsvp == "yes"


def _only_receives(target: Open, text: str) -> bool:
    return _is_settled(target) and digit(text) == "" and only_agrees(text, target.scene.language)


def _courteously(target: Open, meant: Understood, desk: Desk) -> Outcome:
    """Thanks get no answer; an open question is put again, without blame, unless optional."""
    if desk.waiting or not target.awaiting or _asks_reason(target):
        return Outcome(intent=meant.intent)
    return _asked_again(target, meant)


def _asked_again(target: Open, meant: Understood) -> Outcome:
    asks = FLOWS[target.flow].ask(target.state, target.scene) is not None
    state = target.state if asks and target.awaiting else Rsvp()
    question = _question(target, state)
    moved = Moved(target.id, target.flow, state, awaiting=True)
    return Outcome((question,) if question else (), moved=(moved,), intent=meant.intent)


def _rewound(target: Open, arrival: Arrival) -> Any:
    """An old button answers its own question, not the one on the table."""
    if arrival.tap is None or not arrival.tap.question:
        return target.state
    questions: type[StrEnum] = type(target.state.question)
    known = {one.value: one for one in questions}
    question = known.get(arrival.tap.question)
    return replace(target.state, question=question) if question else target.state


def _question(target: Open, state: Any) -> Say | None:
    """The question that a text may answer; what is settled can be answered anew."""
    question = FLOWS[target.flow].ask(state, target.scene)
    if question is None and isinstance(state, Rsvp):
        return FLOWS["rsvp"].ask(Rsvp(RsvpQuestion.COMING), target.scene)
    if question is None and isinstance(state, Meeting):
        again = replace(state, question=MeetingQuestion.MOMENT)
        return FLOWS["meeting"].ask(again, target.scene)
    return question


def _named_in(target: Open, question: Say | None, text: str) -> Say | None:
    """The question that a text answers: of all free moments, where it names none of those shown."""
    if not isinstance(target.state, Meeting) or picked(question, text, target.scene.language):
        return question
    every = every_moment(target.scene)
    return every if picked(every, text, target.scene.language) else question


def _for_a_person(arrival: Arrival, meant: Understood, answer: Answer) -> bool:
    if arrival.tap is not None:
        return False
    if meant.intent is Intent.RESCHEDULE and isinstance(answer, Picked):
        return False  # moments are offered: the wish is heard
    asks = meant.intent in FOR_A_PERSON or meant.question
    return asks or (bool(arrival.media) and isinstance(answer, Unclear))


def _with_a_person(outcome: Outcome, desk: Desk, reason: str) -> Outcome:
    """Hand over beside what was done; a question stays last, next to its menu."""
    effects = (*outcome.effects, HandOver(reason))
    if desk.waiting or desk.talking or desk.stopped:
        return replace(outcome, effects=effects)
    asks = bool(outcome.says) and bool(outcome.says[-1].choices)
    told, question = (outcome.says[:-1], outcome.says[-1:]) if asks else (outcome.says, ())
    return replace(outcome, says=(*told, _someone_answers(), *question), effects=effects)


def _overtaken(target: Open, turn: Turn[Any], desk: Desk) -> tuple[Moved, ...]:
    """What this turn closes beside its own.

    An ask-back that was passed over; why they do not come, once they may; all, after a
    stop.
    """
    stops = any(isinstance(one, StopMessages) for one in turn.effects)
    return tuple(
        Moved(one.id, one.flow, None, awaiting=False)
        for one in desk.open
        if one.id != target.id
        and (stops or one.flow == "which" or _reason_is_past(one, target, turn))
    )


def _reason_is_past(one: Open, target: Open, turn: Turn[Any]) -> bool:
    changed = any(
        isinstance(it, TakeSlot) or (isinstance(it, RecordRsvp) and it.reply != "no")
        for it in turn.effects
    )
    return changed and _same_subject(one, target) and _asks_reason(one)


def _resolved(which: Open, state: Which, desk: Desk) -> Outcome:
    """Give the kept text to the conversation that the parent chose."""
    done = Moved(which.id, "which", None, awaiting=False)
    chosen = next((one for one in desk.open if one.id == state.picked), None)
    if chosen is None:
        return replace(_closed(), moved=(done,))
    outcome = _advance(chosen, Arrival(text=state.text), replace(desk, open=(chosen,)))
    return replace(outcome, moved=(done, *outcome.moved), answered=True)


def _language(wanted: str, arrival: Arrival, desk: Desk) -> Outcome:
    """Change to the language that was named; offer the list when none was, or one we lack."""
    newest = _newest(_awaiting(desk))
    asks_language = newest is not None and newest.state.question == "language"
    if wanted not in LANGUAGES and wanted not in PROMISED:
        if newest is not None and asks_language:
            offered = _asked_again(newest, Understood(Intent.LANGUAGE))
        else:
            offered = _outcome(None, "preferences", open_languages(desk.scene), "language")
        return _with_a_person(offered, desk, "language") if wanted else offered
    if newest is None or arrival.tap is not None:
        return Outcome((speaking(wanted),), (ChangeLanguage(wanted),), intent="language")
    if asks_language:
        turn = FLOWS[newest.flow].advance(newest.state, Picked(wanted), newest.scene)
        return _outcome(newest, newest.flow, turn, "language")
    again = _asked_again(newest, Understood(Intent.LANGUAGE))
    return replace(again, says=(speaking(wanted), *again.says), effects=(ChangeLanguage(wanted),))


def _nobodys(arrival: Arrival, meant: Understood, desk: Desk) -> Outcome:
    """No conversation can take it: a person reads what is more than thanks or a greeting."""
    text, language = arrival.text, desk.scene.language
    words_only = arrival.tap is None and not arrival.media
    if words_only and meant.intent not in FOR_A_PERSON and only_agrees(text, language):
        answers = desk.lately or desk.stopped or desk.waiting
        if answers or without_words(text) or not is_courtesy(text, language):
            return Outcome(intent=meant.intent)
        turn = open_preferences(desk.scene)
        return _outcome(None, "preferences", turn, meant.intent)
    if desk.stopped:
        return Outcome(effects=(HandOver("wrote_after_stop"),), intent=meant.intent)
    if digit(text) and not (arrival.media or desk.waiting):
        return _closed()
    return _to_a_person(meant, desk, media=arrival.media)


def _to_a_person(
    meant: Understood,
    desk: Desk,
    target: Open | None = None,
    *,
    media: str = "",
    reason: str = "question",
) -> Outcome:
    """Hand over; say so unless a person is already reading along."""
    silent = desk.talking or desk.waiting or desk.stopped
    says = () if silent else (received(media) if media else _someone_answers(),)
    about: tuple[Moved, ...] = ()
    if target is not None:
        about = (Moved(target.id, target.flow, target.state, target.awaiting),)
    return Outcome(says, (HandOver(reason),), about, meant.intent)


def _someone_answers() -> Say:
    return say("Someone from the team will answer you.")


def _close_all(desk: Desk) -> tuple[Moved, ...]:
    return tuple(Moved(one.id, one.flow, None, awaiting=False) for one in desk.open)


def _outcome(target: Open | None, flow: str, turn: Turn[Any], intent: str) -> Outcome:
    moved = Moved(target.id if target else None, flow, turn.state, turn.awaiting)
    changed = turn.state is not None or bool(turn.effects)
    answered = target is not None and changed
    return Outcome(turn.says, turn.effects, (moved,), intent, answered)
