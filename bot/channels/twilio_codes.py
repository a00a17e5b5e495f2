"""What Twilio's error codes mean for a message, as one table.

Kept apart from the library, so that whoever reads receipts need not import it. Texts of errors
change; codes are what Twilio promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from bot.errors import (
    AccountRefused,
    AddressDead,
    ContactStopped,
    SendDelayed,
    SendError,
    SendRefused,
)


class Failure(StrEnum):
    """What to do about a message that failed."""

    RETRY = "retry"
    DEAD = "dead"  # the address will never work
    STOPPED = "stopped"  # the person opted out
    OTHER_CHANNEL = "other_channel"  # this one cannot, now or for this person; another may
    TEMPLATE = "template"  # free text cannot; an approved template may
    CONFIGURATION = "configuration"  # our account or our settings; a person must act
    FINAL = "final"


MEANINGS: Mapping[str, Failure] = {  # read in November 2026
    "20001": Failure.CONFIGURATION,  # a parameter is unknown or wrong
    "20003": Failure.CONFIGURATION,  # account or token is wrong
    "20404": Failure.CONFIGURATION,  # no such account
    "20429": Failure.RETRY,  # too many calls at once
    "21201": Failure.CONFIGURATION,  # no recipient
    "21211": Failure.DEAD,  # not a phone number
    "21408": Failure.CONFIGURATION,  # the account may not write to that country
    "21603": Failure.CONFIGURATION,  # no sender
    "21606": Failure.CONFIGURATION,  # the sender is not ours
    "21610": Failure.STOPPED,
    "21611": Failure.RETRY,  # the sender's queue is full
    "21612": Failure.CONFIGURATION,  # no route between the two
    "21614": Failure.DEAD,  # a landline
    "30001": Failure.RETRY,  # the queue was full for too long
    "30003": Failure.RETRY,  # the phone is off
    "30004": Failure.FINAL,  # blocked
    "30005": Failure.DEAD,  # no such phone
    "30006": Failure.DEAD,  # a landline
    "30007": Failure.FINAL,  # filtered by the carrier
    "30008": Failure.RETRY,  # unknown
    "30036": Failure.RETRY,  # in Twilio's queue for longer than it was to be
    "35114": Failure.CONFIGURATION,  # scheduled too near or too far
    "63016": Failure.TEMPLATE,  # free text outside of WhatsApp's window
    "63018": Failure.RETRY,  # Meta's limit for a day
    "63024": Failure.OTHER_CHANNEL,  # not on WhatsApp
    "63032": Failure.OTHER_CHANNEL,  # chosen for one of Meta's experiments
    "63049": Failure.OTHER_CHANNEL,  # Meta chose not to deliver it
}

TRIES: Mapping[str, tuple[timedelta, ...]] = {
    "30003": (timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6)),
    "30008": (timedelta(minutes=10),),
    "30036": (timedelta(minutes=10),),
    "63018": (timedelta(hours=1), timedelta(hours=3), timedelta(hours=8), timedelta(hours=12)),
    "63049": (timedelta(hours=6), timedelta(hours=24)),
}
"""When to try again at the same address after a failure that is not told here: see delivery.PAUSES.

63049 tries again only where no other channel is left: Meta counts tries against us.
"""

EXPIRED = "30036"
UNKNOWN_THERE = "unknown_there"
"""Ours, not Twilio's: it was asked about a message that it does not hold."""

SLOW_DOWN = frozenset({"20429", "21611"})
"""We are too fast: everything else of the channel waits with the message that was told so."""

OURS_TO_MEND = frozenset({"20003", "20404"})  # no message is lost to a mistyped token


def meaning(code: str) -> Failure:
    """Say what a failed receipt's code means; a code that nobody knows is final."""
    return MEANINGS.get(code, Failure.FINAL)


def error_of(code: str) -> SendError:
    """Give the error to raise for a call that Twilio refused with this code."""
    if code in OURS_TO_MEND:
        return AccountRefused("Twilio does not accept our account", code=code)
    match meaning(code):
        case Failure.RETRY:
            return SendDelayed("Twilio asks to try later", code=code)
        case Failure.DEAD:
            return AddressDead("this address cannot receive messages", code=code)
        case Failure.STOPPED:
            return ContactStopped("the person opted out at Twilio", code=code)
        case _:
            return SendRefused("Twilio refused the message", code=code)
