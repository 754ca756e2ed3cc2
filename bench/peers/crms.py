"""Bench's CRMs: `python -m bench.peers.crms PORT:SECONDS ...` answers signed JSON on each port after that time.

Without a number for the seconds (`PORT:never`) it takes the request and says nothing, as a hung server does.
"""

import asyncio
import math
import sys

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


async def _serve(port: int, pause: float) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next((line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), b":0")
            await reader.readexactly(int(length.partition(b":")[2]))
            if math.isinf(pause):
                await reader.read()
                return
            await asyncio.sleep(pause)
            writer.write(_ANSWER)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            # Who asked has gone: a probe of the port, or patience that ran out.
            return
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


async def _main(places: list[str]) -> None:
    pairs = [place.split(":") for place in places]
    await asyncio.gather(*(_serve(int(port), math.inf if pause == "never" else float(pause)) for port, pause in pairs))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:]))
