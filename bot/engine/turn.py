"""A turn: the open conversations of one address, one message and a moment, in; an outcome, out.

    STOP, START  >  alarm  >  a person  >  language  >  the conversation it belongs to  >  nobody's

Words that a person must see are looked for in whatever is written. The answer beside them counts,
and nothing of the usual is said: one sentence, then silence until a person has released them.

What no conversation can take goes to a person; while a person talks with them, free text is for
that person. Pure: what is true outside comes back as effects.
"""

from __future__ import annotations

from dataclasses import replace

from bot.engine.advance import advance, asked_again
from bot.engine.desk import (
    Arrival,
    Desk,
    Moved,
    Open,
    Outcome,
    Tap,
    awaiting_answer,
    newest_of,
    outcome_of,
)
from bot.engine.handover import (
    FOR_A_PERSON,
    alarmed,
    guarded,
    handed_over,
    to_a_person,
    with_a_call,
    with_a_person,
)
from bot.engine.routing import (
    asked_beside,
    bound_to,
    changes_mind,
    letter_in,
    question_closed,
    repeats_label,
    round_of,
    target_of,
)
from bot.flows.answers import Picked
from bot.flows.base import (
    ChangeLanguage,
    ChangeRendering,
    Consent,
    Effect,
    EndPause,
    HandOver,
    PauseMessages,
    ResumeMessages,
    StopMessages,
)
from bot.flows.catalog import FLOWS
from bot.flows.menus import HUMAN, LANGUAGES, PROMISED
from bot.flows.preferences import (
    PAUSES,
    READINGS,
    open_languages,
    open_pauses,
    open_preferences,
    paused,
    reading,
    resumed,
    speaking,
    stopped,
    with_surveys,
    without_surveys,
)
from bot.hearing import digit, hear, is_courtesy, only_agrees, wants_surveys, without_words
from bot.messages import Asked, OptOut
from bot.understanding.alarm import Kind, alarm
from bot.understanding.intent import Intent, Scope, Understood

SPEAK = "speak-"  # a link page's button for a language: "speak-ar"
STOP = "stop"
START = "start"
SURVEY_FLOWS = frozenset({"survey", "wave", "barrier"})


def take_turn(arrival: Arrival, desk: Desk) -> Outcome:
    """Take one message. Never raises for what a parent may send."""
    arrival = _loose(arrival)
    heard = alarm(arrival.text, desk.scene.language) if arrival.tap is None else None
    if heard is None:
        return guarded(_turn(arrival, desk), desk)
    outcome = _turn(arrival, replace(desk, waiting=True))  # what is usually said is not
    if heard.kind is Kind.CALL_ME:
        return guarded(with_a_call(outcome, heard, desk), desk)
    return guarded(alarmed(outcome, heard, desk), desk)


def _turn(arrival: Arrival, desk: Desk) -> Outcome:
    """What the words lead to, whatever alarm is in them."""
    meant = _meaning(arrival, desk)
    refusal = _refusal(arrival, meant)
    if refusal is Scope.EVENT:
        meant = Understood(Intent.NO, scope=Scope.EVENT)
    consent = _consent(arrival, meant, refusal, desk)
    if consent is not None:
        return consent
    if _wants_person(arrival, meant) and not _says_what_is_offered(arrival, desk):
        return handed_over(arrival, desk)
    bound = bound_to(arrival, desk)
    if desk.talking and bound is None and arrival.tap is None:
        return to_a_person(meant, desk)
    preference = _preference(arrival, meant, desk)
    if preference is not None:
        return preference
    if bound is not None and changes_mind(bound, arrival):
        bound = asked_beside(bound, desk) or bound
    if meant.intent is Intent.RESCHEDULE:
        bound = round_of(bound, desk) or bound
    target = bound or target_of(arrival, meant, desk)
    if isinstance(target, Open):
        return advance(target, arrival, desk)
    if isinstance(target, Outcome):
        return target
    return _nobodys(arrival, meant, desk)


def _consent(
    arrival: Arrival, meant: Understood, refusal: Scope | None, desk: Desk
) -> Outcome | None:
    """What they stop or allow, before any conversation: STOP, START, our questions."""
    if arrival.opt_out is OptOut.STOP:
        return Outcome(effects=(StopMessages(),), moved=_close_all(desk), intent="stop")
    if arrival.opt_out is OptOut.START:
        return Outcome(effects=(ResumeMessages(),), intent="start")
    if refusal is Scope.EVERYTHING:
        return Outcome((stopped(),), (StopMessages(),), _close_all(desk), "stop")
    if refusal is Scope.SURVEYS:
        return _no_surveys(desk)
    if desk.scene.surveys is False and _wants_surveys(arrival, meant, desk):
        return Outcome((with_surveys(),), (Consent("surveys", given=True),), intent="surveys")
    if meant.intent is Intent.START or _tapped(arrival, START):
        return Outcome((resumed(),), _resuming(desk), intent="start")
    return None


def _preference(arrival: Arrival, meant: Understood, desk: Desk) -> Outcome | None:
    """How and when they would like our messages: the language, a pause, how they are worded."""
    wanted = _wanted_language(arrival, meant)
    if wanted is not None:
        return _language(wanted, arrival, desk)
    if meant.intent is Intent.PAUSE:
        return outcome_of(None, "preferences", open_pauses(desk.scene), "pause")
    code = arrival.tap.code if arrival.tap is not None and not arrival.tap.question else ""
    if code in PAUSES:
        days = PAUSES[code]
        return Outcome((paused(days),), (PauseMessages(days),), intent="pause")
    if code in READINGS:
        chosen = READINGS[code]
        return Outcome(reading(chosen), (ChangeRendering(chosen),), intent="rendering")
    return None


def _loose(arrival: Arrival) -> Arrival:
    """A tap that has lost its conversation counts as its words."""
    tap = arrival.tap
    if tap is None or tap.conversation_id is not None or _of_no_question(tap):
        return arrival
    return replace(arrival, tap=None, text=arrival.text or tap.code)


def _of_no_question(tap: Tap) -> bool:
    return tap.code in (STOP, START, HUMAN.code, *PAUSES, *READINGS) or tap.code.startswith(SPEAK)


def _meaning(arrival: Arrival, desk: Desk) -> Understood:
    """What the words mean before we know whose answer they are: to the newest question."""
    if arrival.tap is not None:
        return Understood(Intent.OTHER)
    newest = newest_of(awaiting_answer(desk))
    asked = Asked.RSVP if desk.open else Asked.ANY
    if newest is not None:
        asked = FLOWS[newest.flow].asked(newest.state)
    return hear(letter_in(arrival, desk)[1], desk.scene.language, asked)


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
    ended = tuple(
        Moved(one.id, one.flow, None, awaiting=False)
        for one in desk.open
        if one.flow in SURVEY_FLOWS
    )
    refused = Consent("surveys", given=False)
    return Outcome((without_surveys(),), (refused,), ended, "stop_surveys")


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


def _resuming(desk: Desk) -> tuple[Effect, ...]:
    """What comes again after a stop, or after a pause that the family had asked for."""
    resumes = (ResumeMessages(),) if desk.stopped else ()
    return (*resumes, EndPause()) if desk.paused else resumes


def _says_what_is_offered(arrival: Arrival, desk: Desk) -> bool:
    """The words of an answer on the table: "Je n'ai pas compris" where that is one of them."""
    if arrival.tap is not None or arrival.opt_out is not None:
        return False
    return any(repeats_label(arrival.text, one) for one in awaiting_answer(desk))


def _wanted_language(arrival: Arrival, meant: Understood) -> str | None:
    """The language asked for; "" when none was named; None when nothing of the kind was asked."""
    if arrival.tap is not None:
        code = arrival.tap.code
        return code.removeprefix(SPEAK) if code.startswith(SPEAK) else None
    if meant.intent is not Intent.LANGUAGE:
        return None
    return meant.value if isinstance(meant.value, str) else ""


def _language(wanted: str, arrival: Arrival, desk: Desk) -> Outcome:
    """Change to the language that was named; offer the list when none was, or one we lack."""
    newest = newest_of(awaiting_answer(desk))
    asks_language = newest is not None and newest.state.question == "language"
    if wanted not in LANGUAGES and wanted not in PROMISED:
        if newest is not None and asks_language:
            offered = asked_again(newest, Understood(Intent.LANGUAGE))
        else:
            offered = outcome_of(None, "preferences", open_languages(desk.scene), "language")
        return with_a_person(offered, desk, "language") if wanted else offered
    if newest is None or arrival.tap is not None:
        return Outcome((speaking(wanted),), (ChangeLanguage(wanted),), intent="language")
    if asks_language:
        turn = FLOWS[newest.flow].advance(newest.state, Picked(wanted), newest.scene)
        return outcome_of(newest, newest.flow, turn, "language")
    again = asked_again(newest, Understood(Intent.LANGUAGE))
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
        return outcome_of(None, "preferences", turn, meant.intent)
    if desk.stopped:
        return Outcome(effects=(HandOver("wrote_after_stop"),), intent=meant.intent)
    if digit(text) and not (arrival.media or desk.waiting):
        return question_closed()
    return to_a_person(meant, desk, media=arrival.media)


def _close_all(desk: Desk) -> tuple[Moved, ...]:
    return tuple(Moved(one.id, one.flow, None, awaiting=False) for one in desk.open)
