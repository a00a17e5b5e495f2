"""Every error that Carnet raises on purpose.

BotError
+- SettingsError         the environment is incomplete; we refuse to start
+- FileUnreadable        a file that a person gave us cannot be read as a whole
+- Rejected              what a person asked for cannot be done; the text says what to do
+- WebhookRejected       a provider's call is unsigned or malformed
+- InboxFull             too many calls wait to be written; the provider should try again
+- SendError
   +- SendDelayed        network, 5xx, 429 (with the provider's own delay)
   |  +- SendUncertain   no answer came: the provider may have taken the message
   |  +- AccountRefused  our own account or token: nothing leaves there until a person mends it
   +- SendRefused        bad number, bad template, window closed
      +- AddressDead     this address will never work again
      +- ContactStopped  opted out at the provider; consent ends here
"""

from __future__ import annotations


class BotError(Exception):
    """The root of the tree."""


class SettingsError(BotError):
    """The environment is incomplete; the text names what is missing."""


class FileUnreadable(BotError):
    """A file cannot be read as a whole; the text, in French, says what to do."""


class Rejected(BotError):
    """A person's request cannot be carried out; the text, in French, says what to do."""


class WebhookRejected(BotError):
    """A provider's call is unsigned, wrongly signed or malformed."""


class InboxFull(BotError):
    """The inbound queue is full; the provider should call again later."""


class SendError(BotError):
    """A message did not leave. `code` is the provider's own error code, if it gave one."""

    def __init__(self, reason: str, *, code: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class SendDelayed(SendError):
    """Another try is worth it, not before `retry_after` seconds when the provider said so."""

    def __init__(
        self, reason: str, *, code: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(reason, code=code)
        self.retry_after = retry_after


class SendUncertain(SendDelayed):
    """No answer came back: the provider may or may not have taken the message."""


class AccountRefused(SendDelayed):
    """The provider does not accept our account: every message there waits until it is mended."""


class SendRefused(SendError):
    """This message will never leave this way."""


class AddressDead(SendRefused):
    """The address does not exist, is a landline, or blocked us."""


class ContactStopped(SendRefused):
    """The person opted out at the provider; their consent ends here."""
