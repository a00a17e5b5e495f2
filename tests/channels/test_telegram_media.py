"""Voice notes and pictures on Telegram: one message, edited in place, uploaded once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.errors import SendDelayed, SendUncertain
from bot.messages import Button, Media, MediaKind, OutboundMessage, ProviderId
from tests.channels.rigs import CHAT, TelegramRig, telegram_rig
from tests.recordings import m4a, mp3, ogg, photo

YES = Button("Oui", "7:2:yes")
VOICES = {
    "audio/ogg": Media(1, MediaKind.VOICE, "audio/ogg", ogg(7), seconds=7),
    "audio/mpeg": Media(2, MediaKind.VOICE, "audio/mpeg", mp3(7), seconds=7),
    "audio/mp4": Media(3, MediaKind.VOICE, "audio/mp4", m4a(7), seconds=7),
}
VOICE = VOICES["audio/ogg"]
PICTURE = Media(4, MediaKind.PICTURE, "image/jpeg", photo(640, 480))


@pytest.fixture
async def rig() -> AsyncIterator[TelegramRig]:
    async with telegram_rig() as rig:
        yield rig


def message(rig: TelegramRig, media: Media | None, text: str = "Venez-vous ?") -> OutboundMessage:
    return OutboundMessage(7, rig.to, text, buttons=(YES,), media=media)


@pytest.mark.parametrize("media", [*VOICES.values(), PICTURE], ids=[*VOICES, "picture"])
async def test_file_text_and_buttons_are_one_message(rig: TelegramRig, media: Media) -> None:
    sent_id = await rig.channel.send(message(rig, media))
    (sent,) = rig.peer.sent
    assert f"{CHAT}:{sent.message_id}" == sent_id
    assert (sent.text, [one.text for one in sent.buttons]) == ("Venez-vous ?", ["Oui"])
    assert sent.file is not None
    assert sent.file.content == media.content


@pytest.mark.parametrize("media", [VOICE, PICTURE], ids=["voice", "picture"])
async def test_answered_question_is_edited_beneath_its_file(rig: TelegramRig, media: Media) -> None:
    asked = await rig.channel.send(message(rig, media))
    thanks = OutboundMessage(8, rig.to, "Merci !", replaces=asked)
    assert await rig.channel.send(thanks) == asked
    assert await rig.channel.send(thanks) == asked  # once more changes nothing
    (shown,) = await rig.shown()
    assert (shown.text, shown.buttons) == ("Merci !", {})
    assert len(rig.peer.sent) == 1


async def test_answer_too_long_for_a_caption_is_a_message_of_its_own(rig: TelegramRig) -> None:
    asked = await rig.channel.send(message(rig, PICTURE))
    thanks = OutboundMessage(8, rig.to, "a" * 1025, replaces=asked)
    assert await rig.channel.send(thanks) != asked
    assert [len(one.text) for one in rig.peer.sent] == [12, 1025]


async def test_what_is_gone_is_answered_anew(rig: TelegramRig) -> None:
    thanks = OutboundMessage(8, rig.to, "Merci !", replaces=ProviderId(f"{CHAT}:999"))
    assert await rig.channel.send(thanks) != thanks.replaces


async def test_file_is_uploaded_once_for_all_who_get_it(rig: TelegramRig) -> None:
    for number in range(3):
        await rig.channel.send(replace(message(rig, VOICE), id=number))
    assert len(rig.peer.uploads) == 1
    assert len({one.file for one in rig.peer.sent}) == 1


async def test_file_that_telegram_has_forgotten_is_uploaded_again(rig: TelegramRig) -> None:
    await rig.channel.send(message(rig, VOICE))
    rig.peer.uploads.clear()
    await rig.channel.send(replace(message(rig, VOICE), id=8))
    assert [one.file is not None for one in rig.peer.sent] == [True, True]


async def test_who_takes_no_voice_notes_reads_the_text(rig: TelegramRig) -> None:
    rig.peer.unspoken.add(CHAT)
    await rig.channel.send(message(rig, VOICE))
    (sent,) = rig.peer.sent
    assert (sent.text, sent.file, len(sent.buttons)) == ("Venez-vous ?", None, 1)


async def test_text_beyond_a_caption_goes_without_the_file(rig: TelegramRig) -> None:
    await rig.channel.send(message(rig, VOICE, "a" * 1025))
    (sent,) = rig.peer.sent
    assert (len(sent.text), sent.file) == (1025, None)


@pytest.mark.parametrize("status", [429, 500])
async def test_passing_failure_is_not_mistaken_for_a_refused_file(
    rig: TelegramRig, status: int
) -> None:
    rig.peer.fail_next("sendVoice", status, retry_after=2 if status == 429 else None)
    with pytest.raises(SendDelayed) as caught:
        await rig.channel.send(message(rig, VOICE))
    assert not isinstance(caught.value, SendUncertain)
    assert rig.peer.sent == []


async def test_lost_answer_to_a_file_is_a_doubt(rig: TelegramRig) -> None:
    rig.peer.reset_next("sendPhoto", taken=True)
    with pytest.raises(SendUncertain):
        await rig.channel.send(message(rig, PICTURE))
    assert len(rig.peer.sent) == 1
