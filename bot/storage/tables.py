"""Every table, in the order of the main job: who, what, what leaves, what arrives, who works.

Codes are stored as text, instants as UTC, what people see (a date, an hour) as wall clock beside an
IANA zone. Migrations in `migrations/` build the same tables; a test compares the two.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
)

from bot.storage.types import Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = True) -> Column[int]:
    return Column(name, ForeignKey(f"{target}.id"), nullable=nullable, index=index)


# -- who ------------------------------------------------------------------------------------------

centres = Table(
    "centres",
    metadata,
    _id(),
    Column("name", String(120), nullable=False, unique=True),
    Column("city", String(120), nullable=False, server_default=""),
    Column("time_zone", String(64), nullable=False, server_default="Europe/Paris"),
    Column("phone", String(32), nullable=False, server_default=""),
    Column("opens_at", Time, nullable=False),  # the window in which messages may leave,
    Column("closes_at", Time, nullable=False),  # on the centre's wall clock
    Column("quiet_days", JSON, nullable=False),  # ISO weekdays without messages, e.g. [7]
    Column("holidays", String(16), nullable=False, server_default="FR"),  # country[-region]
    Column("names_children", Boolean, nullable=False, server_default="0"),
    Column("sms_sender", String(32), nullable=False, server_default=""),  # "": the deployment's
    Column("sms_can_receive", Boolean),  # null: the deployment's
    Column("monthly_segments", Integer),  # SMS budget; null: none set
    Column("created_at", Instant, nullable=False),
    Column("daily_cap", Integer, nullable=False, server_default="1"),  # automatic messages a person
    Column("weekly_cap", Integer, nullable=False, server_default="3"),
    Column("telegram_bot", String(32), nullable=False, server_default=""),  # "": the first one
    Column("held_drafts", JSON),  # languages whose unread wordings do not leave; null: none
    Column("deputy_minutes", Integer, nullable=False, server_default="15"),  # see bot/calling.py
    Column("again_minutes", Integer, nullable=False, server_default="30"),
)

families = Table(
    "families",
    metadata,
    _id(),
    Column("reference", String(64), nullable=False, unique=True),
    Column("joined_on", Date, nullable=False),
    Column("left_on", Date),
    Column("paused_until", Instant),  # nothing automatic before this
    Column("pause_reason", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("first_rank", Integer),  # the guardian they want written to first; null: by rank
    Column("both_guardians", Boolean, nullable=False, server_default="0"),  # they want both told
)

family_tags = Table(  # a coordinator's own words for a family: lower case, few
    "family_tags",
    metadata,
    _id(),
    _ref("family_id", "families"),
    Column("tag", String(40), nullable=False, index=True),
    UniqueConstraint("family_id", "tag"),
)

children = Table(
    "children",
    metadata,
    _id(),
    _ref("family_id", "families"),
    _ref("centre_id", "centres"),
    Column("first_name", String(80), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("school_level", String(16), nullable=False, server_default=""),  # see audience.LEVELS
    UniqueConstraint("family_id", "centre_id", "first_name"),
)

groups = Table(  # children who do something together in a centre
    "groups",
    metadata,
    _id(),
    _ref("centre_id", "centres"),
    Column("name", String(80), nullable=False),
    UniqueConstraint("centre_id", "name"),
)

group_children = Table(
    "group_children",
    metadata,
    _id(),
    _ref("group_id", "groups"),
    _ref("child_id", "children"),
    UniqueConstraint("group_id", "child_id"),
)

segments = Table(  # an audience that a coordinator keeps, to be chosen again
    "segments",
    metadata,
    _id(),
    _ref("centre_id", "centres", nullable=True),  # null: of the whole network
    Column("name", String(80), nullable=False),
    Column("filter", JSON, nullable=False),  # see audience.Filter
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("centre_id", "name"),
)

contacts = Table(
    "contacts",
    metadata,
    _id(),
    _ref("family_id", "families"),
    Column("rank", Integer, nullable=False),  # 1: first guardian, 2: second
    Column("name", String(80), nullable=False),
    Column("language", String(16)),  # chosen, declared, or the phone's; null: unknown
    Column("language_chosen_at", Instant),  # by the parent: an import does not undo it
    Column("introduced_at", Instant),  # when they were first told who writes and how to stop
    Column("stopped_at", Instant),  # the ledger's last word, kept beside it for the gate
    Column("surveys", Boolean),  # survey consent by the ledger; null: never asked
    Column("erased_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("no_contact", Boolean, nullable=False, server_default="0"),  # staff: never write to them
    Column("no_contact_reason", Text, nullable=False, server_default=""),
    Column("rendering", String(16), nullable=False, server_default=""),  # messages.Rendering
    Column("rendering_chosen_at", Instant),  # by the parent or the team: no import undoes it
    UniqueConstraint("family_id", "rank"),
)

addresses = Table(
    "addresses",
    metadata,
    _id(),
    Column("channel", String(16), nullable=False),
    Column("value", String(128), nullable=False),
    Column("dead_reason", String(64)),  # why it cannot be reached; null: it can
    Column("last_inbound_at", Instant),  # opens WhatsApp's 24-hour window
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("channel", "value"),
)

contact_addresses = Table(  # a phone may be shared: an address has one or more contacts
    "contact_addresses",
    metadata,
    _id(),
    _ref("contact_id", "contacts"),
    _ref("address_id", "addresses"),
    Column("rank", Integer, nullable=False),  # the lowest is tried first
    Column("source", String(16), nullable=False),  # import, bound, declared
    UniqueConstraint("contact_id", "address_id"),
)

consents = Table(  # the ledger: append only
    "consents",
    metadata,
    _id(),
    _ref("contact_id", "contacts"),
    Column("purpose", String(16), nullable=False),  # messages, surveys, channel
    Column("channel", String(16)),  # null: every channel
    Column("decision", String(16), nullable=False),  # given, refused, stopped, resumed
    Column("source", String(16), nullable=False),  # import, parent, carrier, staff
    Column("wording", String(32), nullable=False),  # version of the text they answered
    Column("language", String(16)),
    Column("at", Instant, nullable=False),
)

binding_codes = Table(  # one-time codes that bind a Telegram chat to a contact
    "binding_codes",
    metadata,
    _id(),
    _ref("contact_id", "contacts"),
    Column("code_hash", LargeBinary(32), nullable=False, unique=True),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

# -- what -----------------------------------------------------------------------------------------

events = Table(
    "events",
    metadata,
    _id(),
    _ref("centre_id", "centres"),
    Column("kind", String(16), nullable=False),  # workshop, outing, meeting
    Column("on", Date, nullable=False),
    Column("at", Time, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("starts_at", Instant, nullable=False),  # derived from the three above
    Column("place", String(200), nullable=False, server_default=""),
    Column("seats", Integer),  # null: no limit
    Column("for_everyone", Boolean, nullable=False, server_default="1"),  # new families too
    Column("status", String(16), nullable=False, server_default="planned"),  # or cancelled
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Instant, nullable=False),
    Column("seats_for", String(16), nullable=False, server_default="total"),  # adults, children
    Column("changed_at", Instant),  # when another day, hour or place was last given
    _ref("campaign_id", "campaigns", nullable=True),  # the round that a meeting belongs to
    CheckConstraint("seats IS NULL OR seats > 0", name="seats"),
)

event_moments = Table(  # what stood before each change, for families that the news did not reach
    "event_moments",
    metadata,
    _id(),
    _ref("event_id", "events"),
    Column("version", Integer, nullable=False),
    Column("on", Date, nullable=False),
    Column("at", Time, nullable=False),
    Column("place", String(200), nullable=False),
    UniqueConstraint("event_id", "version"),
)

event_texts = Table(
    "event_texts",
    metadata,
    _id(),
    _ref("event_id", "events"),
    Column("language", String(16), nullable=False),
    Column("original", Boolean, nullable=False),
    Column("title", String(120), nullable=False),
    Column("notes", String(400), nullable=False, server_default=""),
    Column("of_title", String(120)),  # the original that it translates; null: it is the original
    Column("of_notes", String(400)),
    Column("state", String(16), nullable=False, server_default="draft"),  # reviewed
    Column("source", String(16), nullable=False, server_default="person"),  # engine
    Column("reviewed_by", String(80), nullable=False, server_default=""),
    Column("reviewed_at", Instant),
    UniqueConstraint("event_id", "language"),
)

campaigns = Table(  # planned outreach that is about no event
    "campaigns",
    metadata,
    _id(),
    _ref("centre_id", "centres", nullable=True),  # null: families of several centres
    Column("kind", String(16), nullable=False),  # announcement, wave, meetings
    Column("wave", String(16), nullable=False, server_default=""),  # e.g. "2026-H2"
    Column("host", String(80), nullable=False, server_default=""),  # whom a family meets
    Column("place", String(200), nullable=False, server_default=""),
    Column("on", Date, nullable=False),  # its first message, on each family's own wall clock
    Column("at", Time, nullable=False),
    Column("ends_on", Date, nullable=False),  # nothing of it leaves after this day
    Column("audience", JSON, nullable=False),  # the filter that chose the families
    Column("status", String(16), nullable=False, server_default="planned"),  # or cancelled
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Instant, nullable=False),
)

campaign_texts = Table(
    "campaign_texts",
    metadata,
    _id(),
    _ref("campaign_id", "campaigns"),
    Column("language", String(16), nullable=False),
    Column("original", Boolean, nullable=False),
    Column("title", String(120), nullable=False),
    Column("body", String(600), nullable=False, server_default=""),
    Column("of_title", String(120)),  # the original that it translates; null: it is the original
    Column("of_body", String(600)),
    Column("state", String(16), nullable=False, server_default="draft"),  # reviewed
    Column("source", String(16), nullable=False, server_default="person"),  # engine
    Column("reviewed_by", String(80), nullable=False, server_default=""),
    Column("reviewed_at", Instant),
    UniqueConstraint("campaign_id", "language"),
)

text_reviews = Table(  # links by which someone without an account reads one translation
    "text_reviews",
    metadata,
    _id(),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    _ref("event_id", "events", nullable=True),
    _ref("campaign_id", "campaigns", nullable=True),
    Column("language", String(16), nullable=False),
    Column("created_by", Integer, nullable=False),  # of staff
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("answered_at", Instant),
    Column("verdict", String(16), nullable=False, server_default=""),  # approved, wrong
    Column("by", String(80), nullable=False, server_default=""),
    Column("note", String(600), nullable=False, server_default=""),
)

media = Table(  # voice notes and pictures, checked and bare of all that was written into the file
    "media",
    metadata,
    _id(),
    Column("sha256", LargeBinary(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),  # voice, picture
    Column("mime", String(32), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("seconds", Integer),  # of a voice note
    Column("width", Integer),  # of a picture
    Column("height", Integer),
    Column("created_at", Instant, nullable=False),
)

attachments = Table(  # what goes out with an invitation or an announcement, one for each language
    "attachments",
    metadata,
    _id(),
    _ref("event_id", "events", nullable=True),
    _ref("campaign_id", "campaigns", nullable=True),
    Column("language", String(16), nullable=False),
    _ref("media_id", "media"),
    UniqueConstraint("event_id", "language"),
    UniqueConstraint("campaign_id", "language"),
)

campaign_families = Table(
    "campaign_families",
    metadata,
    _id(),
    _ref("campaign_id", "campaigns"),
    _ref("family_id", "families"),
    _ref("centre_id", "centres"),  # the centre of theirs that writes, with its hours and budget
    Column("told_at", Instant),  # when its first message left
    Column("answered_at", Instant),  # a wave: its last question; meetings: a moment taken or none
    UniqueConstraint("campaign_id", "family_id"),
)

slots = Table(  # moments that a member of staff keeps free to meet one family each
    "slots",
    metadata,
    _id(),
    _ref("centre_id", "centres"),
    _ref("campaign_id", "campaigns"),
    Column("on", Date, nullable=False),
    Column("at", Time, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("starts_at", Instant, nullable=False),  # derived from day, hour and zone
    Column("uid", String(200)),  # of the calendar entry it came from
    Column("withdrawn_at", Instant),
    _ref("family_id", "families", nullable=True),  # who takes it; null: free
    _ref("event_id", "events", nullable=True),  # the meeting that it became
    Column("taken_at", Instant),
    UniqueConstraint("campaign_id", "starts_at"),
    UniqueConstraint("family_id", "campaign_id"),  # one moment each
)


def _step_columns() -> tuple[Column[Any], ...]:
    """One planned send; see plans.PlannedStep."""
    return (
        Column("name", String(32), nullable=False),  # see plans.toml
        Column("purpose", String(16), nullable=False),
        Column("days", Integer, nullable=False),  # from the day it is about; negative: before
        Column("at", Time, nullable=False),
        Column("condition", String(16), nullable=False),  # see plans.Condition
        Column("late_hours", Integer),  # how late it may leave; null: until the event starts
        Column("hours", Integer),  # from the start, in place of days and hour; negative: before
        Column(
            "morning", Boolean, nullable=False, server_default="0"
        ),  # next open one, from `days`
    )


steps = Table(  # the planned sends of one event or campaign
    "steps",
    metadata,
    _id(),
    _ref("event_id", "events", nullable=True),
    _ref("campaign_id", "campaigns", nullable=True),
    *_step_columns(),
    UniqueConstraint("event_id", "name"),
    UniqueConstraint("campaign_id", "name"),
    CheckConstraint("(event_id IS NULL) <> (campaign_id IS NULL)", name="subject"),
)

centre_steps = Table(  # a centre's own plan for a kind of event, in place of the house's
    "centre_steps",
    metadata,
    _id(),
    _ref("centre_id", "centres"),
    Column("kind", String(16), nullable=False),
    *_step_columns(),
    UniqueConstraint("centre_id", "kind", "name"),
)

invitations = Table(
    "invitations",
    metadata,
    _id(),
    _ref("event_id", "events"),
    _ref("family_id", "families"),
    Column("invited_at", Instant),  # when the first message left
    Column("rsvp", String(8)),  # yes, no, maybe; null: no answer
    Column("adults", Integer),
    Column("children", Integer),
    Column("party", Integer, nullable=False, server_default="0"),  # places taken or asked for
    Column("seat", String(8)),  # held, waiting; null: needs none
    Column("rsvp_at", Instant),
    Column("rsvp_contact_id", ForeignKey("contacts.id")),
    Column("rsvp_channel", String(16)),
    Column("attended", Boolean),  # null: not recorded
    Column("attendance_at", Instant),
    Column("waiting_number", Integer),  # its turn on the waiting list; null: it does not wait
    Column("passed_over", Integer, nullable=False, server_default="0"),  # by later, smaller ones
    UniqueConstraint("event_id", "family_id"),
    CheckConstraint("rsvp IN ('yes', 'no', 'maybe')", name="rsvp"),
)

offers = Table(  # freed places, held for one family that waits
    "offers",
    metadata,
    _id(),
    _ref("event_id", "events"),
    _ref("family_id", "families"),
    Column("key", String(128), nullable=False, unique=True),  # of its message in the outbox
    Column("places", Integer, nullable=False),
    Column("live", Boolean),  # true or null, so that the key below allows one live offer each
    Column("outcome", String(16), nullable=False, server_default=""),  # see seats.Outcome
    Column("made_at", Instant, nullable=False),
    Column("told_at", Instant),  # when its message left; null: it has not
    Column("expires_at", Instant, nullable=False),
    Column("closed_at", Instant),
    UniqueConstraint("event_id", "family_id", "live"),
)

# -- conversations --------------------------------------------------------------------------------

conversations = Table(
    "conversations",
    metadata,
    _id(),
    _ref("address_id", "addresses"),
    _ref("contact_id", "contacts"),
    Column("flow", String(16), nullable=False),
    _ref("event_id", "events", nullable=True),
    Column("letter", String(1), nullable=False, server_default=""),  # tells menus apart on SMS
    Column("state", JSON, nullable=False),
    Column("turn", Integer, nullable=False, server_default="0"),  # part of every button's payload
    Column("awaiting", Boolean, nullable=False),  # a question stands unanswered
    Column("opened_at", Instant, nullable=False),
    Column("last_turn_at", Instant, nullable=False),
    Column("closed_at", Instant),
    _ref("campaign_id", "campaigns", nullable=True),
    Index("ix_conversations_open", "address_id", "closed_at"),
)

answers = Table(
    "answers",
    metadata,
    _id(),
    _ref("conversation_id", "conversations"),
    _ref("contact_id", "contacts"),
    _ref("family_id", "families"),
    _ref("event_id", "events", nullable=True),
    Column("question", String(32), nullable=False),
    Column("code", String(32), nullable=False),
    Column("wording", String(32), nullable=False),
    Column("language", String(16), nullable=False),  # the language that was shown
    Column("channel", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    _ref("campaign_id", "campaigns", nullable=True),
)

# -- what leaves ----------------------------------------------------------------------------------

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("key", String(128), nullable=False, unique=True),  # see messages.key_of
    _ref("centre_id", "centres", nullable=True),
    _ref("family_id", "families", nullable=True),
    _ref("contact_id", "contacts", nullable=True),  # null: a stranger who wrote to us
    _ref("address_id", "addresses", nullable=True),  # null while refused: nobody to send to
    _ref("event_id", "events", nullable=True),
    _ref("conversation_id", "conversations", nullable=True),
    Column("inbound_id", ForeignKey("inbound.id"), index=True),  # what it answers
    Column("purpose", String(16), nullable=False),
    Column("step", String(32), nullable=False, server_default=""),
    Column("says", JSON, nullable=False),  # what is said, still language-neutral
    Column("replaces", String(128)),  # the provider's id of an answered question
    Column("due_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("state", String(16), nullable=False),
    Column("reason", String(64), nullable=False, server_default=""),  # of a refusal, delay, failure
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", Instant, nullable=False),
    Column("lease_until", Instant),  # claimed by a worker until then
    Column("language", String(16)),  # the language that was shown
    Column("channel", String(16)),
    Column("body", Text),  # what was sent, its private link blotted out
    Column("segments", Integer),
    Column("provider_id", String(128)),
    Column("error_code", String(32)),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("delivered_at", Instant),
    _ref("campaign_id", "campaigns", nullable=True),
    Column("merged_into", ForeignKey("outbox.id"), index=True),  # the message that told it
    Column("gap", String(16), nullable=False, server_default=""),  # why French; see wording
    Column(  # its voice note or picture, which an approved template had no room for
        "owes_media", Boolean, nullable=False, server_default="0"
    ),
    Column("ask_at", Instant),  # its provider had to be asked what became of it: when again
    Index("ix_outbox_due", "state", "next_attempt_at"),
    Index("ix_outbox_provider", "channel", "provider_id"),
)

earlier_tries = Table(  # where a message was tried before the last time; what it was is in its row
    "earlier_tries",
    metadata,
    _id(),
    _ref("outbox_id", "outbox"),
    _ref("address_id", "addresses"),
    Column("channel", String(16), nullable=False),
    Column("provider_id", String(128)),  # null: the provider did not take it
    Column("outcome", String(16), nullable=False),  # see storage.tries
    Column("segments", Integer),  # of SMS, that were paid for
    Column("sent_at", Instant),
    Column("at", Instant, nullable=False),  # when it was given up
    Index("ix_earlier_tries_provider", "channel", "provider_id"),
)

paces = Table(  # when each sender's last messages left: the last seconds, shared by all workers
    "paces",
    metadata,
    _id(),
    Column("sender", String(80), nullable=False),  # see pacing.sender_of; or a page, pressed
    Column("address", String(140), nullable=False),
    Column("weight", Integer, nullable=False),  # messages, or segments of one SMS
    Column("at", Instant, nullable=False),  # the moment that was taken
    Column("gone_at", Instant),  # when the provider answered; null: it is on its way
    Index("ix_paces_sender", "sender", "at"),
)

receipts = Table(  # every word of a provider, kept
    "receipts",
    metadata,
    _id(),
    Column("channel", String(16), nullable=False),
    Column("provider_id", String(128), nullable=False),
    Column("state", String(16), nullable=False),
    Column("error_code", String(32), nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    UniqueConstraint("channel", "provider_id", "state", "error_code"),
)

link_tokens = Table(
    "link_tokens",
    metadata,
    _id(),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    _ref("address_id", "addresses"),
    _ref("contact_id", "contacts"),
    _ref("conversation_id", "conversations", nullable=True),
    Column("expires_at", Instant, nullable=False),
    _ref("event_id", "events", nullable=True),  # what a message was about that asks nothing
    _ref("campaign_id", "campaigns", nullable=True),
)

simulated_messages = Table(  # what the simulated phones hold: the provider's side of the simulator
    "simulated_messages",
    metadata,
    _id(),
    Column("channel", String(16), nullable=False),
    Column("value", String(128), nullable=False, index=True),
    Column("outbox_id", Integer, nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("buttons", JSON, nullable=False),
    Column("replaces", String(128)),
    Column("at", Instant, nullable=False),
    Column("media_id", Integer),  # the voice note or picture that came with it
)

templates = Table(  # what WhatsApp may be sent outside of its window, and what Meta says of it
    "templates",
    metadata,
    _id(),
    Column("step", String(32), nullable=False),
    Column("language", String(16), nullable=False),
    Column("signature", String(64), nullable=False),  # what it says, see bot/templates.py
    Column("content_sid", String(34), nullable=False),
    Column("name", String(128), nullable=False),
    Column("category", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("signature", "language"),
)

# -- what arrives ---------------------------------------------------------------------------------

inbound = Table(
    "inbound",
    metadata,
    _id(),
    Column("channel", String(16), nullable=False),
    Column("provider_id", String(128), nullable=False),
    _ref("address_id", "addresses"),
    _ref("contact_id", "contacts", nullable=True),
    _ref("conversation_id", "conversations", nullable=True),
    Column("text", Text, nullable=False),
    Column("payload", String(64)),
    Column("media", String(32)),
    Column("intent", String(16), nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    Column("media_ref", Text),  # what the provider gives the file out for; we keep no file
    Column("latitude", Float),  # a place that they sent
    Column("longitude", Float),
    Column("guarded_by", Integer),  # the task whose readers alone may see the words; null: all may
    UniqueConstraint("channel", "provider_id"),
)

tasks = Table(  # a parent waits for a person
    "tasks",
    metadata,
    _id(),
    _ref("centre_id", "centres", nullable=True),
    _ref("family_id", "families", nullable=True),
    _ref("contact_id", "contacts", nullable=True),
    _ref("address_id", "addresses"),
    _ref("event_id", "events", nullable=True),
    Column("reason", String(32), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("asked_at", Instant, nullable=False),  # the parent's last words that want a person
    Column("answered_at", Instant),  # a person's last answer: automation is silent meanwhile
    Column("closed_at", Instant, index=True),
    Column("closed_by", ForeignKey("staff.id")),
    Column("taken_at", Instant),  # a person takes care of it: automation is silent from then on
    Column("taken_by", Integer),  # who, of staff
    Column("released_at", Instant),  # automation may speak again, where the reason had silenced it
    Column("released_by", Integer),  # who, of staff
    Column("outbox_id", Integer, index=True),  # what did not arrive: closed by itself if it does
)

alarms = Table(  # what was heard in a parent's words that a person must see
    "alarms",
    metadata,
    _id(),
    _ref("task_id", "tasks"),
    _ref("inbound_id", "inbound", nullable=True),
    Column("kind", String(16), nullable=False),  # see understanding.alarm.Kind
    Column("evidence", Text, nullable=False),  # the words that made us think so
    Column("language", String(16), nullable=False, server_default=""),  # declared; "": not known
    Column("at", Instant, nullable=False, index=True),
    Column("acknowledged_at", Instant),  # somebody has answered the call; null: nobody yet
    Column("acknowledged_by", ForeignKey("staff.id")),
    Column("verdict", String(8)),  # true, false: what a reader thinks of it; null: not looked at
    Column("verdict_by", ForeignKey("staff.id")),
    Column("verdict_at", Instant),
)

alerts = Table(  # whom an alarm has called, and when
    "alerts",
    metadata,
    _id(),
    _ref("alarm_id", "alarms"),
    _ref("staff_id", "staff"),
    Column("round", Integer, nullable=False),  # see bot/calling.py
    Column("at", Instant, nullable=False),
    UniqueConstraint("alarm_id", "staff_id", "round"),
)

past_alarms = Table(  # alarms of people who were erased: that there was one, and no link to them
    "past_alarms",
    metadata,
    _id(),
    Column("kind", String(16), nullable=False),  # see understanding.alarm.Kind
    Column("language", String(16), nullable=False),
    _ref("centre_id", "centres", nullable=True),
    Column("on", Date, nullable=False, index=True),
    Column("minutes", Integer),  # until somebody acknowledged; null: nobody was called
    Column("verdict", String(8)),  # true, false; null: not looked at
)

duties = Table(  # whom a centre's alarms call first, and who is next
    "duties",
    metadata,
    _id(),
    _ref("centre_id", "centres"),
    _ref("staff_id", "staff"),
    Column("rank", Integer, nullable=False),  # 1: on duty, 2: deputy
    UniqueConstraint("centre_id", "rank"),
    UniqueConstraint("centre_id", "staff_id", name="uq_duties_centre_id_staff_id"),
)

audit = Table(  # who has opened guarded words, or decided about them: append only
    "audit",
    metadata,
    _id(),
    _ref("staff_id", "staff"),
    _ref("task_id", "tasks", nullable=True),
    Column("what", String(16), nullable=False),  # see storage.alarms.What
    Column("at", Instant, nullable=False, index=True),
    _ref("centre_id", "centres", nullable=True),  # of the task, or of the list that was read
)

# -- who works ------------------------------------------------------------------------------------

staff = Table(
    "staff",
    metadata,
    _id(),
    Column("email", String(200), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("role", String(16), nullable=False),  # coordinator, director, evaluator, admin
    _ref("centre_id", "centres", nullable=True),  # null: every centre
    Column("password_hash", String(200), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    _id(),
    _ref("staff_id", "staff"),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("form_token", String(64), nullable=False),
    Column("expires_at", Instant, nullable=False),
)

staff_codes = Table(  # one-time codes that bind a chat of the pocket bot to a person
    "staff_codes",
    metadata,
    _id(),
    _ref("staff_id", "staff"),
    Column("code_hash", LargeBinary(32), nullable=False, unique=True),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

staff_chats = Table(  # where a person who works is reached by the pocket bot
    "staff_chats",
    metadata,
    _id(),
    _ref("staff_id", "staff"),
    Column("chat", String(32), nullable=False, unique=True),
    Column("bound_at", Instant, nullable=False),
)

staff_absences = Table(  # today a colleague hears what this person would hear
    "staff_absences",
    metadata,
    _id(),
    _ref("staff_id", "staff"),
    Column("on", Date, nullable=False),
    _ref("colleague_id", "staff"),
    UniqueConstraint("staff_id", "on"),
)

pocket_messages = Table(  # what the pocket bot has told a chat, once each
    "pocket_messages",
    metadata,
    _id(),
    Column("chat", String(32), nullable=False),
    Column("subject", String(64), nullable=False),  # "task-3:1795341600", "not_sent:2026-11-22"
    _ref("task_id", "tasks", nullable=True),
    Column("message_id", String(32)),  # null: not sent yet
    Column("at", Instant, nullable=False),
    UniqueConstraint("chat", "subject"),
    Index("ix_pocket_messages_told", "chat", "message_id"),
)
