"""Codes and what they are called: the one place where the pages look them up.

Values are simple English; the templates translate them. A code that is missing here is shown as it
is, so that a new reason is never hidden.
"""

from __future__ import annotations

from collections.abc import Mapping


def word(text: str) -> str:
    """Mark a text for the catalog; Babel extracts the argument."""
    return text


KINDS: Mapping[str, str] = {
    "workshop": word("Workshop"),
    "outing": word("Outing"),
    "meeting": word("Individual meeting"),
}

CAMPAIGNS: Mapping[str, str] = {  # kinds of campaign that are about no event
    "announcement": word("Announcement"),
    "wave": word("Survey wave"),
}

ANSWERS: Mapping[str, str] = {  # the groups of an event's families, in the order of the page
    "yes": word("They come"),
    "maybe": word("Maybe"),
    "no": word("They do not come"),
    "silent": word("No answer"),
    "unreachable": word("Out of reach"),
}

REPLIES: Mapping[str, str] = {  # the same groups, about one family
    "yes": word("Yes"),
    "maybe": word("Maybe"),
    "no": word("No"),
    "silent": word("No answer"),
    "unreachable": word("Cannot be reached"),
}

CHANNELS: Mapping[str, str] = {
    "sms": word("SMS"),
    "whatsapp": word("WhatsApp"),
    "telegram": word("Telegram"),
    "link": word("Web page"),
    "simulator": word("Simulated phone"),
}

READINGS: Mapping[str, str] = {  # how far the translation of a team's own words is
    "none": word("Not written"),
    "draft": word("Draft"),
    "engine": word("Draft of a machine"),
    "reviewed": word("Read by a speaker"),
    "stale": word("The original has changed"),
}

STATES: Mapping[str, str] = {
    "waiting": word("Waiting"),
    "sending": word("Being sent"),
    "sent": word("Sent"),
    "delivered": word("Delivered"),
    "read": word("Read"),
    "failed": word("Failed"),
    "refused": word("Not sent"),
}

STEPS: Mapping[str, str] = {  # steps of a campaign, and messages that belong to none
    "invitation": word("Invitation"),
    "nudge": word("Second invitation"),
    "reminder": word("Reminder"),
    "morning": word("Last reminder"),
    "survey": word("Questions after the event"),
    "absence": word("Question after an absence"),
    "announcement": word("Announcement"),
    "wave": word("Survey wave"),
    "wave_nudge": word("Survey wave, asked once more"),
    "change": word("Change"),
    "moved": word("Change of date"),
    "moved_elsewhere": word("Change of date and place"),
    "new_hour": word("Change of hour"),
    "new_hour_elsewhere": word("Change of hour and place"),
    "new_place": word("Change of place"),
    "now_comes": word("The other guardian said yes after a no"),
    "now_declines": word("The other guardian said no after a yes"),
    "cancelled": word("Cancellation"),
    "offer": word("Offer of a freed place"),
    "slots": word("Moments for a meeting"),
    "slots_nudge": word("Moments for a meeting, asked once more"),
    "slots_again": word("Moments offered again after a no or an absence"),
    "slot_taken": word("Moment of a meeting, as it stands now"),
    "slot_gone": word("Moment of a meeting given back by the other guardian"),
    "welcome": word("Welcome"),
    "reply": word("Answer"),
    "alarm": word("Where help is"),
    "noted": word("Answer to bad news"),
    "guarded": word("Message from the team"),
    "staff": word("Message from the team"),
}

FIELDS: Mapping[str, str] = {  # what can be different after a change
    "on": word("Day"),
    "at": word("Hour"),
    "place": word("Place"),
    "seats": word("Number of places"),
    "title": word("Title"),
    "notes": word("Practical information"),
}

CONDITIONS: Mapping[str, str] = {
    "invited": word("to every invited family"),
    "silent": word("to those who have not answered"),
    "coming": word("to those who come or may come"),
    "attended": word("to those who came"),
    "no_show": word("to those who said yes and did not come"),
    "absent": word("to those who did not come and had not said no"),
}

REASONS: Mapping[str, str] = {  # why a message waits or did not leave, why an address is dead
    # people
    "erased": word("Their details were erased at their request."),
    "do_not_contact": word("The team has decided not to write to this person."),
    "shared_phone": word("Another family on the same phone was told."),
    "stopped": word("They asked us to stop (STOP)."),
    "stopped_at_provider": word("They asked their phone company to stop our messages."),
    "surveys_refused": word("They do not want questions."),
    "paused": word("The family is paused."),
    "held": word("A person must first let automatic messages go on: see To answer."),
    "wrong_number": word("This number may be somebody else's: a person must look."),
    "person_talking": word("Someone from the team is talking with them."),
    "answered": word("They have answered meanwhile."),
    "left": word("The family has left."),
    "planned": word("It leaves at its hour."),
    # addresses
    "no_contact": word("No guardian is known."),
    "no_address": word("No phone number or other address is known."),
    "no_phone": word("No phone number or other address is known."),
    "address_dead": word("The number does not work any more."),
    "landline": word("The number is a landline: it takes no SMS."),
    "blocked": word("They have blocked our sender."),
    "channel_off": word("This channel is not switched on."),
    "window_closed": word(
        "WhatsApp lets us write only within 24 hours of their last message, save in words that it "
        "has approved in advance. What a team writes itself, like an announcement, never is: "
        "reach them by another channel."
    ),
    "other_channel": word("It could not be delivered there: it goes by the next way, if any."),
    "not_delivered": word("Nobody said that it arrived: it also leaves by the next way."),
    # moments
    "quiet_hours": word("It waits for an hour at which messages may leave."),
    "no_open_hours": word("No hour was left at which messages may leave."),
    "cap": word("They have had enough messages from us lately."),
    "too_late": word("It was too late to be useful."),
    "event_changed": word("The event has changed since."),
    "event_cancelled": word("The event is cancelled."),
    "campaign_cancelled": word("The campaign is cancelled."),
    "no_longer_needed": word("It was no longer needed."),
    "no_moment": word("No moment was free any more: it leaves once one is."),
    # means
    "budget_spent": word("The SMS budget of the month is used up."),
    "language_not_ready": word("The text does not exist in their language yet."),
    "provider_busy": word("The provider was busy: it is tried again."),
    "account_refused": word("The provider refuses our account: it leaves once that is mended."),
    "no_more_tries": word("It was tried several times in vain."),
    "refused_by_provider": word("The provider refused the message."),
    "failed_at_provider": word("The provider could not deliver it."),
    "failed": word("The provider could not deliver it."),
    # the providers' own codes
    "21211": word("The number does not exist."),
    "21408": word("Our account may not write to this country."),
    "21603": word("No sender is set for this channel."),
    "21606": word("The provider does not know our sender."),
    "21612": word("Our sender may not write to this number."),
    "21610": word("They asked us to stop (STOP)."),
    "21614": word("The number is a landline: it takes no SMS."),
    "30003": word("The phone is off or out of reach."),
    "30004": word("They have blocked our sender."),
    "30005": word("The number does not exist."),
    "30006": word("The number is a landline: it takes no SMS."),
    "30007": word("The phone company filtered the message."),
    "30008": word("The provider could not deliver it."),
    "30036": word("It waited at the provider until it was too late."),
    "unknown_there": word(
        "The provider does not know this message: it never left, or was deleted there."
    ),
    "63016": word("WhatsApp lets us write only within 24 hours of their last message."),
    "63018": word("WhatsApp lets us write to no more people today: it is tried again."),
    "63024": word("This number is not on WhatsApp."),
    "63032": word("WhatsApp does not let us write to this person at the moment."),
    "63049": word("WhatsApp chose not to deliver it."),
}

TASKS: Mapping[str, str] = {  # why a parent waits for a person
    "asked": word("Wants to talk to someone"),
    "call": word("Asks to be called"),
    "unclear": word("We did not understand their answer"),
    "question": word("Asks a question"),
    "explained": word("Explains why they do not come"),
    "not_understood": word("Did not understand our message"),
    "large_party": word("Comes with many people"),
    "language": word("Wants a language that we do not write"),
    "wrote_after_stop": word("Wrote after STOP"),
    "other_moment": word("Wants another moment for a meeting"),
    "stranger": word("Writes from a number that we do not know"),
    "unreachable": word("No message reaches them any more"),
    "safeguarding": word("Sensitive situation"),
    "wrong_number": word("Says that the number is not theirs"),
    "bereavement": word("Tells of a death"),
    "moving": word("Is moving away"),
}

ALARMS: Mapping[str, str] = {  # what was heard in a parent's words
    "danger": word("Danger"),
    "violence": word("Violence"),
    "distress": word("Distress"),
    "bereavement": word("Bereavement"),
    "wrong_number": word("Wrong number"),
    "moving": word("Moving away"),
    "call_me": word("Wants a call"),
}

AUDIT: Mapping[str, str] = {  # what somebody did with words that few may read
    "opened": word("has read the words"),
    "file": word("has opened a file"),
    "listed": word("has read the list of alerts"),
    "exported": word("has downloaded the words that raised alerts"),
    "acknowledged": word("takes care of it"),
    "released": word("let automatic messages go on"),
    "closed": word("has settled it"),
    "judged": word("has said whether the alert was true"),
}

SEATS_FOR: Mapping[str, str] = {  # whom an event's places are counted for
    "total": word("Everybody"),
    "adults": word("Adults only"),
    "children": word("Children only"),
}

STANDINGS: Mapping[str, str] = {  # of a family on the waiting list
    "next": word("Will be offered the free places within a minute."),
    "offered": word("Has an offer."),
    "no_room": word("Not enough places are free for this family."),
    "behind": word("A family ahead comes first."),
    "kept": word("Free places are kept for a larger family ahead."),
    "no_answer": word("Did not answer its offer: it is asked again once it has written."),
    "unreachable": word("The offer could not reach this family: call them."),
    "too_large": word("Asks for more places than the event has."),
}

NO_OFFERS: Mapping[str, str] = {  # why nobody is being offered a place
    "too_late": word("It is too late to offer places."),
    "soon": word("The next offer leaves within a minute."),
    "places_kept": word(
        "The free places are kept for a larger family that others have passed too often."
    ),
    "not_enough_places": word("Not enough places are free for any family that waits."),
    "nobody_left": word("Nobody on the list can be offered a place: see why beside each family."),
}

ROLES: Mapping[str, str] = {
    "coordinator": word("Coordinator"),
    "director": word("Director"),
    "evaluator": word("Evaluator"),
    "admin": word("Administrator"),
}

PURPOSES: Mapping[str, str] = {  # of the ledger of consents
    "messages": word("Messages"),
    "surveys": word("Questions"),
    "channel": word("Channel"),
}

RECEIVED: Mapping[str, str] = {  # what a parent sends beside words
    "photo": word("A photo"),
    "voice": word("A voice message"),
    "video": word("A video"),
    "document": word("A file"),
    "location": word("A place"),
    "contact": word("A contact card"),
    "sticker": word("A sticker"),
    "unknown": word("Something that we cannot show"),
}

DECISIONS: Mapping[str, str] = {
    "given": word("agreed"),
    "refused": word("refused"),
    "stopped": word("stopped"),
    "resumed": word("agreed again"),
}

SOURCES: Mapping[str, str] = {
    "import": word("by the imported list"),
    "parent": word("by the parent"),
    "carrier": word("by the phone company"),
    "staff": word("by the team"),
}

MEETING_STATES: Mapping[str, str] = {  # of a family in a round of meetings
    "taken": word("Has a moment"),
    "other": word("Want another moment"),
    "none": word("Want none for now"),
    "silent": word("No answer"),
    "unasked": word("Not asked yet"),
}

MEETING_CHANGES: Mapping[str, str] = {  # what a family did, after its reference
    "taken": word("takes a moment"),
    "moved": word("takes another moment"),
    "given_back": word("cannot come any more"),
    "none": word("wants no moment"),
    "other": word("wants another moment"),
}

RENDERINGS: Mapping[str, str] = {  # how much a guardian reads
    "": word("The usual words"),
    "easy": word("Easy: what is needed and no more"),
    "numbers": word("Digits: the facts, then 1 or 2"),
    "voice": word("Voice first, then easy words"),
}

FINDINGS: Mapping[str, str] = {  # what a text for parents was found to need
    "warn": word("To look at again:"),
    "block": word("To change:"),
}

TABLES: Mapping[str, Mapping[str, str]] = {
    "rendering": RENDERINGS,
    "finding": FINDINGS,
    "kind": KINDS,
    "campaign": CAMPAIGNS,
    "answer": ANSWERS,
    "reply": REPLIES,
    "channel": CHANNELS,
    "received": RECEIVED,
    "reading": READINGS,
    "state": STATES,
    "step": STEPS,
    "condition": CONDITIONS,
    "field": FIELDS,
    "reason": REASONS,
    "task": TASKS,
    "alarm": ALARMS,
    "audit": AUDIT,
    "seats_for": SEATS_FOR,
    "standing": STANDINGS,
    "no_offer": NO_OFFERS,
    "role": ROLES,
    "purpose": PURPOSES,
    "decision": DECISIONS,
    "source": SOURCES,
    "meeting_state": MEETING_STATES,
    "meeting_change": MEETING_CHANGES,
}
