"""Callbacks' CRM wire: one opened target, its secrets in hand, and the only way a request to it goes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings

from audit.events import CRM_CREDENTIAL_OPENED
from audit.recording import flush
from audit.scope import current_scope
from callbacks.crm.answers import PassingError, PausingError
from callbacks.models import CrmTarget
from lib.http import AddressRefusedError, Allow, Answer, RequestFailedError, Timeout, request
from vault.reveal import reveal

TIMEOUT = Timeout(connect=3, read=10, total=12)
MOST_BYTES = 262_144


@dataclass(frozen=True)
class Wire:
    """How a target is reached: its address without a slash at the end, and its secrets ("" for none)."""

    address: str
    credential: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    recipient_key: str = field(default="", repr=False)

    def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """One request to the target's address plus `path`. Raises PausingError for an address nobody may speak to,
        PassingError for an answer that did not come, or did not come whole.
        """
        try:
            return request(
                method,
                self.address + path,
                headers={"User-Agent": "Ringback", "Accept": "application/json", **(headers or {})},
                body=body,
                timeout=TIMEOUT,
                cap=MOST_BYTES,
                allow=Allow(hosts=settings.OUTBOUND_HOSTS, private=settings.OUTBOUND_PRIVATE_HOSTS),
            )
        except AddressRefusedError as error:
            raise PausingError(error.code) from None
        except RequestFailedError as error:
            raise PassingError(error.code) from None


def open_wire(target: CrmTarget) -> Wire:
    """Open a target's secrets, which is recorded, durably, before they are used. The default target's stand in the
    environment.
    """
    if target.is_default:
        return Wire(address=_address_of(target), credential=settings.CRM_API_KEY or "")
    credential, signing_secret = reveal(target, "credential", "signing_secret", tag=CRM_CREDENTIAL_OPENED)
    flush(current_scope())
    return Wire(
        address=_address_of(target),
        credential=credential or "",
        signing_secret=signing_secret or "",
        recipient_key=target.recipient_key,
    )


def recipient_of(target: CrmTarget) -> str:
    """The host that gets what is sent, for the record of each disclosure: an address may be changed later."""
    return urlsplit(_address_of(target)).hostname or ""


def _address_of(target: CrmTarget) -> str:
    address: str = (settings.HEALTHCARE_CRM_ENDPOINT or "") if target.is_default else target.address
    return address.rstrip("/")


# Of a callback's attempts, in one claim; the rest in the next.
MOST_ATTEMPTS_AT_ONCE = 2
# Longer than everything one claimed row may ask: search, read, send and send again, then its attempts.
LONGEST_WORK = timedelta(seconds=(4 + MOST_ATTEMPTS_AT_ONCE) * TIMEOUT.total + 10)
