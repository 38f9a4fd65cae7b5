"""A TCP proxy in front of a service, for what a network does to connections: latency, stalls, cuts, resets, little room."""

import asyncio
import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass


@dataclass
class Toxics:
    """What becomes of one connection. Bytes are counted from the client to the service."""

    #: Seconds that every piece takes longer, either way.
    latency: float = 0
    #: Bytes a second, either way.
    rate: int | None = None
    #: After so many bytes the connection is closed, reset, or left lying with nothing moving any more.
    close_after: int | None = None
    reset_after: int | None = None
    stall_after: int | None = None

    def last_byte(self):
        return next((n for n in (self.close_after, self.reset_after, self.stall_after) if n is not None), None)


class FaultProxy:
    """Listens on a port of its own. `next` holds the toxics of the next connections, `steady` those of all others."""

    def __init__(self, target):
        self.target, self.next, self.steady = target, deque(), Toxics()
        self.connections = self.finished = 0
        self._live = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _end(self):
        self._server.close()
        for writer in list(self._live):
            writer.transport.abort()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def reset_all(self):
        """Resets every connection there is."""
        async def reset():
            for writer in list(self._live):
                self._reset(writer)
        self._run(reset())

    # -- one connection ---------------------------------------------------------------------------------------------

    async def _serve(self, reader, writer):
        self.connections += 1
        toxics = self.next.popleft() if self.next else self.steady
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            self._reset(writer)
            return
        self._live |= {writer, up_writer}
        try:
            await asyncio.gather(self._pump(reader, up_writer, toxics, toxics.last_byte(), writer),
                                 self._pump(up_reader, writer, toxics, None, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.finished += 1
            self._live -= {writer, up_writer}
            for end in (writer, up_writer):
                end.transport.abort()

    async def _pump(self, reader, writer, toxics, left, client):
        piece = 65536 if toxics.rate is None else max(1, toxics.rate // 10)
        while data := await reader.read(piece):
            if toxics.latency:
                await asyncio.sleep(toxics.latency)
            if toxics.rate:
                await asyncio.sleep(len(data) / toxics.rate)
            if left is not None and len(data) >= left:
                writer.write(data[:left])
                await writer.drain()
                await self._end_of(client, toxics)
            writer.write(data)
            await writer.drain()
            left = None if left is None else left - len(data)
        writer.close()

    async def _end_of(self, client, toxics):
        if toxics.stall_after is not None:
            await asyncio.sleep(3600)
        if toxics.reset_after is not None:
            self._reset(client)
        raise ConnectionResetError

    @staticmethod
    def _reset(writer):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
