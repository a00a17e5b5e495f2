"""What is said once to a parent whose words a person must see. Pure.

Whoever may be in danger is told where help is at any hour, and that it is not here.
"""

from __future__ import annotations

from bot.messages import Say, say

SAFETY = "danger", "violence", "distress"
"""Kinds after which automation says nothing more, whatever they write; see understanding.alarm."""

MILD = "bereavement", "wrong_number", "moving"
"""Kinds after which automation waits for a person, and nobody is woken."""


def emergency() -> Say:
    """Where help is; the one thing that automation still says.

    The three numbers come first: they are read, or heard, within five seconds.
    """
    return say(
        "Emergency: call 112. By SMS: 114. Child in danger: 119. "
        "Nobody watches this number for emergencies. Someone from the team will call you."
    )


def called() -> Say:
    """Somebody calls, and when."""
    return say("Someone from the team will call you. We call when the centre is open.")


def gently(kind: str) -> Say:
    """One short sentence for what is no danger."""
    match kind:
        case "bereavement":
            return say("We are very sorry. We are thinking of you. We will not write for now.")
        case "moving":
            return say(
                "Thank you for telling us. We will not write for now. "
                "Someone from the team will call you."
            )
        case _:
            return say("Sorry! We will not write to this number. Someone from the team will check.")
