"""WhatsApp templates at Twilio: made once, found again by name, submitted, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from bot.channels.twilio_codes import OURS_TO_MEND
from bot.channels.twilio_content import PAGE_SIZE
from bot.channels.twilio_http import TwilioHttp, code_of
from bot.errors import Rejected, SendError
from bot.languages import language_of
from bot.templates import Draft, State

UTILITY = "UTILITY"
GONE = 404
AGAIN = "Rien n'est perdu : relancez la commande, elle reprend où elle s'est arrêtée."


@dataclass(frozen=True, slots=True)
class Standing:
    """What Meta says of one template."""

    state: State
    reason: str = ""
    category: str = UTILITY


class Templates:
    """The templates of one account; Rejected, in French, when Twilio says no."""

    def __init__(
        self, account_sid: str, auth_token: str, *, content_url: str, http: TwilioHttp | None = None
    ) -> None:
        self._http = http or TwilioHttp({"content": content_url})
        client = Client(account_sid, auth_token, http_client=self._http)
        self._contents = client.content.v1.contents
        self._sids: dict[str, str] | None = None

    async def find(self, name: str) -> str | None:
        """The ContentSid of the template with this name; None where it was never made."""
        if self._sids is None:
            with _translated():
                found = await self._contents.list_async(page_size=PAGE_SIZE)
            self._sids = {str(one.friendly_name): str(one.sid) for one in found}
        return self._sids.get(name)

    async def create(self, draft: Draft) -> str:
        """Make the template; give its ContentSid."""
        wanted = ContentList.ContentCreateRequest(
            {
                "friendly_name": draft.name,
                "language": language_of(draft.language).whatsapp or draft.language,
                "variables": dict(draft.samples),
                "types": types_of(draft),
            }
        )
        with _translated():
            return str((await self._contents.create_async(wanted)).sid)

    async def submit(self, content_sid: str, name: str) -> Standing:
        """Ask Meta to approve it."""
        request = ApprovalCreateList.ContentApprovalRequest({"name": name, "category": UTILITY})
        with _translated():
            made = await self._contents(content_sid).approval_create.create_async(request)
        return _standing(made.status, made.rejection_reason, made.category)

    async def standing(self, content_sid: str) -> Standing | None:
        """Ask what Meta says now; None where somebody has deleted it."""
        with _translated():
            try:
                fetched = await self._contents(content_sid).approval_fetch().fetch_async()
            except TwilioRestException as error:
                if error.status == GONE:
                    return None
                raise
        said: dict[str, Any] = fetched.whatsapp or {}
        return _standing(said.get("status"), said.get("rejection_reason"), said.get("category"))

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()


def types_of(draft: Draft) -> dict[str, Any]:
    """The `types` of its Content resource."""
    if not draft.buttons:
        return {"twilio/text": {"body": draft.body}}
    actions = [{"type": "QUICK_REPLY", "title": one.title, "id": one.code} for one in draft.buttons]
    return {"twilio/quick-reply": {"body": draft.body, "actions": actions}}


def _standing(status: str | None, reason: str | None, category: str | None) -> Standing:
    """Twilio's words; a state that is newer than we counts as one that cannot be sent."""
    known = status or State.UNSUBMITTED
    if known not in set(State):
        return Standing(State.DISABLED, reason or str(known), category or UTILITY)
    return Standing(State(known), reason or "", category or UTILITY)


@contextmanager
def _translated() -> Iterator[None]:
    """What Twilio says of a template holds no family's words: it can be shown."""
    try:
        yield
    except TwilioException as error:
        code = code_of(error)
        if code in OURS_TO_MEND:
            raise Rejected(
                "Twilio refuse le compte : vérifiez CARNET_TWILIO_ACCOUNT_SID"
                " et CARNET_TWILIO_AUTH_TOKEN."
            ) from error
        raise Rejected(f"Twilio refuse ({code}) : {getattr(error, 'msg', '')}") from error
    except SendError as error:
        said = f" (code {error.code})" if error.code else ""
        raise Rejected(f"Twilio ne répond pas comme attendu{said}. {AGAIN}") from error
