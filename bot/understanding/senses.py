"""What a phrase can carry: the senses under which lexicons list their phrases."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sense(StrEnum):
    """What a phrase can carry. Values are the keys of the lexicon files."""

    __hash__ = str.__hash__  # Enum's own is written in Python; every rule looks into sets

    YES = "yes"  # says yes by itself
    YES_ALONE = "yes_alone"  # says yes only when nothing else stands in its clause
    GOOD = "good"  # approves: a yes when nothing speaks against it
    NO = "no"
    NO_ALONE = "no_alone"
    BARE_YES = "bare_yes"  # the word yes itself: a name beside it changes nothing
    BARE_NO = "bare_no"  # the word no itself: a verb that follows it is another saying
    COME = "come"  # "I come", "we will be there"
    BE = "be"  # "we will be": says coming, unless an unknown place or state follows
    ATTEND = "attend"  # "to come", "coming": says nothing by itself
    CAN = "can"
    WANT = "want"
    BUSY = "busy"  # the reasons for which people do not come
    REASON = "reason"  # a reason that is in the same breath a no: the phrase stands there, too
    SORRY = "sorry"
    MAYBE = "maybe"
    HOPE = "hope"  # inchallah: maybe alone, nothing beside a yes
    IF = "if"
    NOT = "not"  # negates what follows, else what precedes
    NOT_AFTER = "not_after"  # negates what precedes, else what follows
    BUT = "but"  # turns around or corrects
    OR = "or"
    AND = "and"
    ASK = "ask"  # makes its clause a question
    STOP = "stop"  # refuses our messages, wherever it stands
    STOP_ALONE = "stop_alone"  # refuses our messages when it is the whole message
    MESSAGES = "messages"  # our messages: beside a bare stop, they make it plain
    SURVEYS = "surveys"  # our questionnaires: who refuses them still wants invitations
    CEASE = "cease"  # "stop ..., enough of ...": with our messages or writing, refuses them
    SEND = "send"  # to write, to send, to receive: negated, refuses our messages
    REMOVE = "remove"  # to delete, to take off: with a number or a list, refuses our messages
    LISTED = "listed"  # our list, the sender's number: what is removed
    CANCEL = "cancel"  # takes back a registration; with nothing asked, we cannot know of what
    EVENT = "event"  # one gathering: who refuses this one still wants the others
    START = "start"
    PAUSE = "pause"  # silence for some time, when it is the whole message
    HELP = "help"
    HUMAN = "human"  # a person should read, call or come
    SPEAK = "speak"  # words around the name of a language when another one is wanted
    LANGUAGE = "other_language"  # asks for another language without naming it
    RESCHEDULE = "reschedule"
    HARD = "hard"  # "it will be difficult": never a yes
    LATE = "late"  # on the way, in part: never a no
    POLITE = "polite"
    FILLER = "filler"  # function words: known, and silent
    FIRST = "first"  # "I", "we"
    ME = "me"  # "myself": one person in a list
    JUST_ME = "just_me"
    SAY = "say"  # "says, told": after somebody else, what follows is theirs
    THEY = "they"  # he, she, they
    ADULT = "adult"  # one adult other than the speaker
    ADULTS = "adults"
    CHILD = "child"
    CHILDREN = "children"
    PERSONS = "persons"
    FAMILY = "family"  # people that nobody counted
    INCLUDING = "including"
    TOTAL = "total"  # beside a number: it counts everybody
    WITH = "with"
    UNIT = "unit"  # after a number: it counts no people
    BEFORE = "before"  # before a number: it counts no people
    DAY = "day"
    NOTE = "note"  # "I give", "so": a number right after it, at the end, is a note
    PAST = "past"  # speaks of what is over
    NEUTRAL = "neutral"  # holds a known word and means something else
    PROBLEM = "problem"  # negated, it says yes: "no problem"; else it is told to a person
    ELSEWHERE = "elsewhere"  # what others said, who writes: a yes or no beside it answers that
    DOUBT = "doubt"  # may negate something: around it, nothing is heard as a yes
    ONLY = "only"  # a number in some languages, when it is the whole text: made here


@dataclass(frozen=True, slots=True)
class Entry:
    """What one phrase says: its senses, and a number or a language when it names one."""

    senses: frozenset[Sense] = frozenset()
    number: int | None = None
    language: str | None = None

    def joined(self, other: Entry) -> Entry:
        return Entry(
            self.senses | other.senses,
            other.number if self.number is None else self.number,
            self.language or other.language,
        )


Phrase = tuple[str, ...]
Phrases = dict[Phrase, Entry]
