"""Every flow, by the name that conversations store."""

from __future__ import annotations

from bot.flows.barrier import BARRIER
from bot.flows.base import AnyFlow
from bot.flows.meeting import MEETING
from bot.flows.offer import OFFER
from bot.flows.preferences import PREFERENCES
from bot.flows.rsvp import RSVP
from bot.flows.survey import SURVEY
from bot.flows.wave import WAVE
from bot.flows.welcome import WELCOME
from bot.flows.which import WHICH

FLOWS: dict[str, AnyFlow] = {
    "rsvp": RSVP,
    "offer": OFFER,
    "meeting": MEETING,
    "survey": SURVEY,
    "wave": WAVE,
    "barrier": BARRIER,
    "welcome": WELCOME,
    "preferences": PREFERENCES,
    "which": WHICH,
}
