"""Twilio, beyond what the contract asks of every channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from bot.channels.twilio import Twilio
from bot.channels.twilio_codes import MEANINGS, Failure, meaning
from bot.channels.twilio_content import bare_code, split_lines
from bot.channels.twilio_webhooks import read_call
from bot.delivery import GiveUp, after_error
from bot.errors import (
    AccountRefused,
    AddressDead,
    ContactStopped,
    SendDelayed,
    SendError,
    SendRefused,
    SendUncertain,
    WebhookRejected,
)
from bot.messages import (
    Button,
    ChannelName,
    DeliveryState,
    OutboundMessage,
    ProviderId,
    Receipt,
    TellsFates,
    Template,
    WebhookCall,
)
from tests.channels.rigs import (
    APPROVED,
    NOBODY_LISTENS,
    NOW,
    ORIGIN,
    OURS,
    PARENT,
    TwilioRig,
    clock,
    twilio_channel,
    twilio_rig,
)
from tests.peers.twilio import ACCOUNT_SID, AUTH_TOKEN
from tests.peers.twilio_forms import sign

SERVICE = "MG" + "a" * 32
YES_NO = (Button("Oui", "7:2:yes"), Button("Non", "7:2:no"))


@pytest.fixture
async def sms() -> AsyncIterator[TwilioRig]:
    async with twilio_rig(ChannelName.SMS) as rig:
        yield rig


@pytest.fixture
async def whatsapp() -> AsyncIterator[TwilioRig]:
    async with twilio_rig(ChannelName.WHATSAPP) as rig:
        yield rig


def message(rig: TwilioRig, text: str = "Venez-vous ?", *buttons: Button) -> OutboundMessage:
    return OutboundMessage(7, rig.to, text, buttons=buttons, decided_at=NOW)


def teller(rig: TwilioRig) -> TellsFates:
    assert isinstance(rig.channel, TellsFates)
    return rig.channel


# -- the envelope ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "shown", "service"),
    [(None, OURS, None), ("CARNET", "CARNET", None), (SERVICE, OURS, SERVICE)],
    ids=["the deployment's", "the message's own", "a Messaging Service"],
)
async def test_a_message_leaves_from_its_sender(
    sms: TwilioRig, sender: str | None, shown: str, service: str | None
) -> None:
    await sms.channel.send(replace(message(sms), sender=sender))
    (sent,) = sms.peer.sent
    assert (sent.to, sent.from_, sent.messaging_service_sid) == (PARENT, shown, service)


@pytest.mark.parametrize("sender", [None, f"whatsapp:{OURS}"])
async def test_whatsapp_prefixes_both_ends_once(whatsapp: TwilioRig, sender: str | None) -> None:
    await whatsapp.channel.send(replace(message(whatsapp), sender=sender))
    (sent,) = whatsapp.peer.sent
    assert (sent.to, sent.from_) == (f"whatsapp:{PARENT}", f"whatsapp:{OURS}")


async def test_without_any_sender_nothing_is_asked_of_twilio(sms: TwilioRig) -> None:
    channel = Twilio(
        ChannelName.SMS,
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        sender="",
        api_url=NOBODY_LISTENS,
        content_url=NOBODY_LISTENS,
        clock=clock,
    )
    with pytest.raises(SendRefused, match="no sender"):
        await channel.send(message(sms))


@pytest.mark.parametrize(
    ("left", "validity"),
    [
        (None, None),
        (timedelta(seconds=6), 6),
        (timedelta(minutes=90, milliseconds=900), 5400),
        (timedelta(seconds=35_999), 35_999),
        (timedelta(hours=10), None),  # what holds where nothing is said
        (timedelta(days=3), None),
    ],
)
async def test_an_sms_waits_at_twilio_no_longer_than_it_is_of_use(
    sms: TwilioRig, left: timedelta | None, validity: int | None
) -> None:
    until = NOW + left if left is not None else None
    await sms.channel.send(replace(message(sms), useful_until=until))
    (sent,) = sms.peer.sent
    assert sent.validity == validity


@pytest.mark.parametrize("seconds", [5.9, 0, -60])
async def test_what_could_only_come_too_late_is_not_sent(sms: TwilioRig, seconds: float) -> None:
    until = NOW + timedelta(seconds=seconds)
    with pytest.raises(SendDelayed, match="too late") as refused:
        await sms.channel.send(replace(message(sms), useful_until=until))
    assert sms.peer.sent == []
    assert after_error(refused.value, 1, NOW, until) == GiveUp("too_late")


async def test_whatsapp_is_told_no_validity(whatsapp: TwilioRig) -> None:
    until = NOW + timedelta(hours=1)
    await whatsapp.channel.send(replace(message(whatsapp), useful_until=until))
    (sent,) = whatsapp.peer.sent
    assert sent.validity is None


@pytest.mark.parametrize("name", [ChannelName.SMS, ChannelName.WHATSAPP])
@pytest.mark.parametrize(
    ("status", "code", "state"),
    [
        ("sent", None, DeliveryState.SENT),
        ("delivered", None, DeliveryState.DELIVERED),
        ("read", None, DeliveryState.READ),
        ("undelivered", 30003, DeliveryState.FAILED),
        ("pondering", None, DeliveryState.SENT),  # newer than our table
    ],
)
async def test_twilio_is_asked_what_became_of_a_message(
    name: ChannelName, status: str, code: int | None, state: DeliveryState
) -> None:
    async with twilio_rig(name) as rig:
        template = Template(APPROVED, {"1": "L'école", "2": "12 mai"})
        provider_id = await rig.channel.send(replace(message(rig), template=template))
        rig.peer.calls_back = False
        await rig.peer.status(provider_id, status, code)
        told = Receipt(name, provider_id, state, str(code) if code else None)
        assert await teller(rig).fate(provider_id) == told


async def test_what_twilio_does_not_hold_has_failed(sms: TwilioRig) -> None:
    unheard_of = ProviderId("SM" + "f" * 32)
    told = Receipt(ChannelName.SMS, unheard_of, DeliveryState.FAILED, "unknown_there")
    assert await teller(sms).fate(unheard_of) == told


@pytest.mark.parametrize(("status", "code"), [(429, "20429"), (500, "20500"), (503, "503")])
async def test_a_provider_that_cannot_say_is_asked_again(
    sms: TwilioRig, status: int, code: str
) -> None:
    provider_id = await sms.channel.send(message(sms))
    sms.peer.fail_next("fetch", status)
    with pytest.raises(SendDelayed) as refused:
        await teller(sms).fate(provider_id)
    assert refused.value.code == code
    sms.peer.fail_next("fetch", 401, code=20003)
    with pytest.raises(AccountRefused):
        await teller(sms).fate(provider_id)


async def test_receipts_come_back_signed_and_name_their_message(sms: TwilioRig) -> None:
    provider_id = await sms.channel.send(message(sms))
    assert await sms.peer.status(provider_id, "delivered") == 200
    assert await sms.peer.status(provider_id, "undelivered", 30003) == 200
    assert sms.inbox.incoming == [
        Receipt(ChannelName.SMS, provider_id, DeliveryState.DELIVERED),
        Receipt(ChannelName.SMS, provider_id, DeliveryState.FAILED, "30003"),
    ]


# -- what stands in it ----------------------------------------------------------------------------


async def test_a_template_is_filled_with_its_variables(whatsapp: TwilioRig) -> None:
    template = Template(APPROVED, {"1": "L'école", "2": "12 mai"})
    await whatsapp.channel.send(replace(message(whatsapp), template=template))
    (sent,) = whatsapp.peer.sent
    assert sent.body == "Bonjour, L'école vous invite le 12 mai."
    assert "'" not in str(sent.content_variables)


async def test_on_sms_the_menu_is_in_the_text(sms: TwilioRig) -> None:
    await sms.channel.send(message(sms, "Venez-vous ?\n1. Oui\n2. Non", *YES_NO))
    (sent,) = sms.peer.sent
    assert (sent.body, sent.content_sid) == ("Venez-vous ?\n1. Oui\n2. Non", None)


@pytest.mark.parametrize(
    ("count", "kind"),
    [(1, "quick-reply"), (3, "quick-reply"), (4, "list-picker"), (10, "list-picker")],
)
async def test_up_to_three_choices_are_buttons_and_more_are_a_list(
    whatsapp: TwilioRig, count: int, kind: str
) -> None:
    buttons = [Button(f"Choix {n}", f"7:2:{n}") for n in range(count)]
    await whatsapp.channel.send(message(whatsapp, "Lequel ?", *buttons))
    (made,) = whatsapp.contents.made
    assert list(made["types"]) == [f"twilio/{kind}"]


async def test_more_choices_than_a_list_holds_are_refused(whatsapp: TwilioRig) -> None:
    buttons = [Button(f"Choix {n}", f"7:2:{n}") for n in range(11)]
    with pytest.raises(SendRefused):
        await whatsapp.channel.send(message(whatsapp, "Lequel ?", *buttons))
    assert whatsapp.contents.made == []


@pytest.mark.parametrize(("count", "length"), [(2, 20), (4, 24)])
async def test_labels_are_cut_to_what_whatsapp_shows(
    whatsapp: TwilioRig, count: int, length: int
) -> None:
    buttons = [Button(f"{n} " + "x" * 40, f"7:2:{n}") for n in range(count)]
    await whatsapp.channel.send(message(whatsapp, "Lequel ?", *buttons))
    (shown,) = await whatsapp.shown()
    assert {len(label) for label in shown.buttons} == {length}


async def test_one_content_serves_every_message_with_the_same_buttons(
    whatsapp: TwilioRig,
) -> None:
    texts = ["Venez-vous jeudi ?", "Venez-vous à la sortie ?", "Serez-vous là ?"]
    await asyncio.gather(
        *(whatsapp.channel.send(message(whatsapp, text, *YES_NO)) for text in texts)
    )
    assert len(whatsapp.contents.made) == 1
    assert {one.body for one in whatsapp.peer.sent} == set(texts)


async def test_other_labels_answers_or_lines_need_another_content(whatsapp: TwilioRig) -> None:
    for text, button in (
        ("Venez-vous ?", Button("Oui", "7:2:yes")),
        ("Venez-vous ?", Button("Ja", "7:2:yes")),
        ("Venez-vous ?", Button("Oui", "7:2:sure")),
        ("Bonjour !\nVenez-vous ?", Button("Oui", "7:2:yes")),
    ):
        await whatsapp.channel.send(message(whatsapp, text, button))
    assert len(whatsapp.contents.made) == 4


async def test_contents_are_found_again_after_a_restart(whatsapp: TwilioRig) -> None:
    questions = [(f"Choix {n}", Button(f"Choix {n}", "7:2:yes")) for n in range(3)]
    restarted = twilio_channel(ChannelName.WHATSAPP, whatsapp.peer.url, whatsapp.contents.url)
    for channel in (whatsapp.channel, restarted):
        for text, button in questions:  # more than one page of the peer's list
            await channel.send(message(whatsapp, text, button))
    await restarted.close()
    assert len(whatsapp.contents.made) == 3
    assert len(whatsapp.peer.sent) == 6


@pytest.mark.parametrize("call", ["list", "create"])
async def test_a_content_whose_making_is_in_doubt_only_delays(
    whatsapp: TwilioRig, call: str
) -> None:
    whatsapp.contents.hang_next(call, taken=True)
    with pytest.raises(SendDelayed) as caught:
        await whatsapp.channel.send(message(whatsapp, "Venez-vous ?", *YES_NO))
    assert not isinstance(caught.value, SendUncertain)
    await whatsapp.channel.send(message(whatsapp, "Venez-vous ?", *YES_NO))
    assert (len(whatsapp.peer.sent), len(whatsapp.contents.made)) == (1, 1)


def test_no_word_of_a_family_is_kept_in_a_content() -> None:
    body, lines = split_lines("Bonjour Awa\n\n  1.\tOui      non\r\nFin")
    assert body == "{{1}}\n\n{{2}}\n{{3}}"
    assert lines == {"1": "Bonjour Awa", "2": "  1. Oui non", "3": "Fin"}


@pytest.mark.parametrize(
    ("payload", "code"), [("7:2:yes", "yes"), ("yes", "yes"), ("7:2:", ""), ("", "")]
)
def test_the_bare_code_is_what_follows_the_last_colon(payload: str, code: str) -> None:
    assert bare_code(payload) == code


# -- failures -------------------------------------------------------------------------------------

REFUSALS: dict[str, tuple[int, int, type[SendError]]] = {
    "wrong account": (401, 20003, AccountRefused),
    "no such account": (404, 20404, AccountRefused),
    "too many calls at once": (429, 20429, SendDelayed),
    "Twilio is down": (500, 20500, SendDelayed),
    "Twilio is busy": (503, 20503, SendDelayed),
    "no phone number": (400, 21211, AddressDead),
    "a landline": (400, 21614, AddressDead),
    "she opted out": (400, 21610, ContactStopped),
    "queue full": (400, 21611, SendDelayed),
    "country not allowed": (400, 21408, SendRefused),
    "sender not ours": (400, 21606, SendRefused),
    "window closed": (400, 63016, SendRefused),
    "not on WhatsApp": (400, 63024, SendRefused),
    "a code newer than us": (400, 29999, SendRefused),
}


@pytest.mark.parametrize(("status", "code", "error"), REFUSALS.values(), ids=REFUSALS)
async def test_each_refusal_becomes_its_error(
    sms: TwilioRig, status: int, code: int, error: type[SendError]
) -> None:
    sms.peer.fail_next("create", status, code=code, detail=f"about {PARENT}")
    with pytest.raises(SendError) as caught:
        await sms.channel.send(message(sms))
    assert (type(caught.value), caught.value.code) == (error, str(code))
    assert PARENT not in caught.value.reason


async def test_the_delay_that_twilio_asks_for_is_passed_on(sms: TwilioRig) -> None:
    sms.peer.fail_next("create", 429, retry_after=5)
    with pytest.raises(SendDelayed) as caught:
        await sms.channel.send(message(sms))
    assert caught.value.retry_after == 5


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (200, SendUncertain),
        (302, SendDelayed),
        (403, SendDelayed),
        (429, SendDelayed),
        (500, SendDelayed),
        (502, SendUncertain),
        (504, SendUncertain),
    ],
)
async def test_what_somebody_on_the_way_says_loses_no_message(
    sms: TwilioRig, status: int, error: type[SendError]
) -> None:
    sms.peer.fail_next("create", status, body="<h1>not Twilio</h1>")
    with pytest.raises(SendError) as caught:
        await sms.channel.send(message(sms))
    assert type(caught.value) is error


async def test_no_message_is_lost_to_a_token_that_the_content_api_refuses(
    whatsapp: TwilioRig,
) -> None:
    whatsapp.contents.fail_next("list", 401, code=20003)
    with pytest.raises(SendDelayed) as caught:
        await whatsapp.channel.send(message(whatsapp, "Venez-vous ?", *YES_NO))
    assert caught.value.code == "20003"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("30003", Failure.RETRY),
        ("30006", Failure.DEAD),
        ("21610", Failure.STOPPED),
        ("63016", Failure.TEMPLATE),
        ("63018", Failure.RETRY),
        ("63024", Failure.OTHER_CHANNEL),
        ("63032", Failure.OTHER_CHANNEL),
        ("63049", Failure.OTHER_CHANNEL),
        ("21408", Failure.CONFIGURATION),
        ("30007", Failure.FINAL),
        ("99999", Failure.FINAL),
        ("", Failure.FINAL),
    ],
)
def test_a_failed_receipts_code_says_what_to_do(code: str, expected: Failure) -> None:
    assert meaning(code) is expected


def test_every_known_code_is_one_of_twilios() -> None:
    assert all(code.isdigit() and len(code) == 5 for code in MEANINGS)


# -- asking what became of a message --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "minutes", "found"),
    [
        ("Venez-vous ?", 0, True),
        ("Venez-vous ?", -300, True),
        ("Venez-vous ?", 9, True),  # our clock is ahead
        ("Venez-vous ?", 11, False),  # that one is older than the decision
        ("Venez-vous  ?\n", 0, True),
        ("Venez-vous", 0, False),
    ],
)
async def test_a_message_is_recognised_by_its_text_and_its_time(
    sms: TwilioRig, text: str, minutes: int, found: bool
) -> None:
    provider_id = await sms.channel.send(message(sms, "Venez-vous ?"))
    asked = replace(message(sms, text), decided_at=NOW + timedelta(minutes=minutes))
    assert await sms.channel.find(asked) == (provider_id if found else None)


async def test_a_template_is_recognised_by_what_was_filled_in(whatsapp: TwilioRig) -> None:
    sent = replace(message(whatsapp), template=Template(APPROVED, {"1": "Nord", "2": "12 mai"}))
    other = replace(sent, template=Template(APPROVED, {"1": "Nord", "2": "13 mai"}))
    provider_id = await whatsapp.channel.send(sent)
    assert await whatsapp.channel.find(sent) == provider_id
    assert await whatsapp.channel.find(other) is None


async def test_somebody_elses_message_is_not_ours(sms: TwilioRig) -> None:
    await sms.channel.send(message(sms))
    neighbour = replace(sms.to, value="+33639980002")
    assert await sms.channel.find(replace(message(sms), to=neighbour)) is None


@pytest.mark.parametrize("fault", ["fail", "hang"])
async def test_when_twilio_cannot_be_asked_it_is_asked_later(sms: TwilioRig, fault: str) -> None:
    if fault == "fail":
        sms.peer.fail_next("list", 500)
    else:
        sms.peer.hang_next("list")
    with pytest.raises(SendDelayed) as caught:
        await sms.channel.find(message(sms))
    assert not isinstance(caught.value, SendUncertain)


# -- webhooks -------------------------------------------------------------------------------------

FORM = [("From", PARENT), ("MessageSid", "SM1"), ("Body", "oui"), ("FromCity", "")]
URL = f"{ORIGIN}/twilio"
SIGNED = sign(AUTH_TOKEN, URL, FORM)


def call(
    url: str = URL, form: list[tuple[str, str]] = FORM, signature: str = SIGNED
) -> WebhookCall:
    return WebhookCall(url, {"x-twilio-signature": signature}, urlencode(form).encode())


REJECTED: dict[str, WebhookCall] = {
    "no signature": replace(call(), headers={}),
    "another's token": call(signature=sign("0" * 32, URL, FORM)),
    "a field was changed": call(form=[*FORM[:2], ("Body", "non"), FORM[3]]),
    "a field was added": call(form=[*FORM, ("OptOutType", "STOP")]),
    "an empty field was dropped": call(form=FORM[:3]),
    "another address": call(url=f"{ORIGIN}/elsewhere"),
    "an address that is none": call(url="https://carnet.example:port/twilio"),
    "not UTF-8": replace(call(), body=b"Body=\xff"),
    "percent-encoded, not UTF-8": replace(call(), body=b"Body=%ff"),
    "too many fields": replace(call(), body=b"&".join(b"a=1" for _ in range(1000))),
    "too long": replace(call(), body=b"Body=" + b"x" * 1_000_001),
    "JSON": replace(call(), body=b'{"MessageSid": "SM1"}'),
    "empty": replace(call(), body=b""),
}


@pytest.mark.parametrize("rejected", REJECTED.values(), ids=REJECTED)
def test_a_call_that_is_not_twilios_is_rejected(rejected: WebhookCall) -> None:
    with pytest.raises(WebhookRejected):
        read_call(rejected, AUTH_TOKEN)


@pytest.mark.parametrize(
    ("signed_url", "url"),
    [
        (URL, URL),
        (f"{ORIGIN}/twilio?centre=3", f"{ORIGIN}/twilio?centre=3"),
        (f"{ORIGIN}:443/twilio", URL),
        (URL, f"{ORIGIN}:443/twilio"),
    ],
    ids=["as it is", "with a query", "signed with the port", "called with the port"],
)
def test_a_signed_call_is_read(signed_url: str, url: str) -> None:
    assert len(read_call(call(url, FORM, sign(AUTH_TOKEN, signed_url, FORM)), AUTH_TOKEN)) == 1


def test_a_field_sent_twice_is_signed_twice() -> None:
    form = [*FORM, ("Tag", "b"), ("Tag", "a")]
    assert len(read_call(call(form=form, signature=sign(AUTH_TOKEN, URL, form)), AUTH_TOKEN)) == 1


# -- the doctor -----------------------------------------------------------------------------------


def doctor(url: str, auth_token: str = AUTH_TOKEN) -> Twilio:
    return Twilio(
        ChannelName.SMS,
        account_sid=ACCOUNT_SID,
        auth_token=auth_token,
        sender=OURS,
        api_url=url,
        content_url=url,
        clock=clock,
    )


async def test_the_doctor_learns_the_accounts_name(sms: TwilioRig) -> None:
    channel = doctor(sms.contents.url)
    assert await channel.check() == "Association"
    await channel.close()


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("token", "CARNET_TWILIO_AUTH_TOKEN"),
        ("suspended", "suspended"),
        ("absent", "ne répond pas"),
        ("down", "20500"),
    ],
)
async def test_the_doctor_is_told_in_french_what_is_wrong(
    sms: TwilioRig, trouble: str, words: str
) -> None:
    if trouble == "suspended":
        sms.contents.account_status = "suspended"
    if trouble == "down":
        sms.contents.fail_next("account", 500, code=20500)
    url = NOBODY_LISTENS if trouble == "absent" else sms.contents.url
    channel = doctor(url, "0" * 32 if trouble == "token" else AUTH_TOKEN)
    with pytest.raises(SendError) as caught:
        await channel.check()
    await channel.close()
    assert words in caught.value.reason
