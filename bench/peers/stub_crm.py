"""A CRM that accepts every appointment after a fixed delay: `python -m bench.peers.stub_crm PORT DELAY_MS`."""

import asyncio
import re
import sys

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'


class StubCRM(asyncio.Protocol):
    def __init__(self, delay_seconds: float) -> None:
        self._delay = delay_seconds
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not blank or len(body) < int(length[1] if length else 0):
            return
        self._received = b""
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._answer)
        else:
            self._answer()

    def _answer(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_ANSWER)


async def main() -> None:
    port, delay_ms = int(sys.argv[1]), float(sys.argv[2])
    server = await asyncio.get_running_loop().create_server(lambda: StubCRM(delay_ms / 1000), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
