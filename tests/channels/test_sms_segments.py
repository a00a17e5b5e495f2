"""How many SMS a text is: what we count while writing is what the provider will charge.

GSM-7 holds 160 signs, or 153 in each of several parts; UCS-2 holds 70, or 67. Signs of the
extension table and emoji take two places, and are never cut in two.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.composing import segments
from bot.messages import ChannelName, OutboundMessage
from tests.channels.rigs import NOW, twilio_rig
from tests.peers.twilio_rules import count_segments

SERVICE = "MG" + "a" * 32

TABLE: dict[str, tuple[str, int]] = {
    "one sign": ("a", 1),
    "160 plain signs": ("a" * 160, 1),
    "161 plain signs": ("a" * 161, 2),
    "306 plain signs": ("a" * 306, 2),
    "307 plain signs": ("a" * 307, 3),
    "the accents of GSM-7": ("éèàùìòÇÉñüöäåØø" * 10, 1),
    "a cedilla is none of them": ("ç" + "a" * 69, 1),
    "a cedilla costs the whole text": ("ç" + "a" * 70, 2),
    "nor is a circumflex": ("ê" + "a" * 70, 2),
    "nor is œ": ("œ" + "a" * 70, 2),
    "nor are guillemets": ("«" + "a" * 70, 2),
    "nor is the curved apostrophe": ("’" + "a" * 70, 2),
    "nor is an ellipsis": ("…" + "a" * 70, 2),
    "nor is a dash": ("–" + "a" * 70, 2),
    "nor is a space that does not break": ("\u00a0" + "a" * 70, 2),
    "nor is a narrow one": ("\u202f" + "a" * 70, 2),
    "the euro takes two places": ("€" * 80, 1),
    "81 euros are 162 places": ("€" * 81, 2),
    "brackets take two places": ("[]{}^~|\\" * 10, 1),
    "a euro is not cut in two": ("a" * 152 + "€" + "a" * 152, 3),
    "70 Arabic letters": ("م" * 70, 1),
    "71 Arabic letters": ("م" * 71, 2),
    "134 Arabic letters": ("م" * 134, 2),
    "135 Arabic letters": ("م" * 135, 3),
    "35 emoji": ("🎉" * 35, 1),
    "36 emoji": ("🎉" * 36, 2),
    "an emoji is not cut in two": ("م" * 66 + "🎉" + "م" * 66, 3),
    "lines count as signs": ("a\n" * 80, 1),
}


@pytest.mark.parametrize(("text", "parts"), TABLE.values(), ids=TABLE)
def test_text_is_as_many_sms_as_the_table_says(text: str, parts: int) -> None:
    assert (segments(text), count_segments(text)) == (parts, parts)


@given(st.text(alphabet="aé€ç[م🎉\n ’", max_size=400))
def test_we_count_as_the_provider_does(text: str) -> None:
    assert segments(text) == count_segments(text) or not text


async def test_messaging_service_counts_later_and_we_before() -> None:
    async with twilio_rig(ChannelName.SMS) as rig:
        text = "ç" * 80
        sid = await rig.channel.send(
            OutboundMessage(7, rig.to, text, sender=SERVICE, decided_at=NOW)
        )
        (sent,) = rig.peer.sent
        assert (sent.sid, sent.messaging_service_sid) == (sid, SERVICE)
        assert await rig.channel.find(OutboundMessage(7, rig.to, text, decided_at=NOW)) == sid
        assert segments(text) == 2
