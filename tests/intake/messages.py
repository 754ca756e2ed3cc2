"""Messages of a call that are no report, in VAPI's present shape."""

from typing import Any

CALL_ID = "019c8a11-6f20-7d5e-b3a4-2f6e1c0d9b77"


def message(message_type: Any, *, call_id: str | None = CALL_ID, **fields: Any) -> dict[str, Any]:
    call = {"id": call_id, "type": "inboundPhoneCall"} if call_id else {}
    return {"message": {"type": message_type, "call": call, **fields}}


def tool_calls(*calls: dict[str, Any], under: str = "toolCallList") -> dict[str, Any]:
    return message("tool-calls", **{under: list(calls)})
