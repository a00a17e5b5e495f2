"""What lies before the engine when a message arrives, and what it gives back. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.flows.base import Effect, Scene, Turn
from bot.messages import OptOut, Say


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


def awaiting_answer(desk: Desk) -> list[Open]:
    """The conversations whose question is on the table."""
    return [one for one in desk.open if one.awaiting]


def newest_of(conversations: list[Open]) -> Open | None:
    """The last one that moved."""
    return max(conversations, key=lambda one: one.order, default=None)


def outcome_of(target: Open | None, flow: str, turn: Turn[Any], intent: str) -> Outcome:
    """What a flow's turn comes to; `target` None: its conversation starts here."""
    moved = Moved(target.id if target else None, flow, turn.state, turn.awaiting)
    changed = turn.state is not None or bool(turn.effects)
    answered = target is not None and changed
    return Outcome(turn.says, turn.effects, (moved,), intent, answered)
