"""A line of so many milliseconds to a service: what is sent over it arrives as much later, either way, in order and whole."""

import asyncio
import multiprocessing
import socket

from sink import end_with_parent


class LongLine:
    """A proxy in a process of its own. A connection takes one round trip to be there, as TCP's does."""

    def __init__(self, target, round_trip):
        self.target, self.half = target, round_trip / 2

    def __enter__(self):
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._process = multiprocessing.Process(target=self._run, args=(listener,), daemon=True)
        self._process.start()
        listener.close()
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.join()

    def _run(self, listener):
        end_with_parent()
        asyncio.run(self._serve(listener))

    async def _serve(self, listener):
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Near(loop, self.target, self.half), sock=listener, backlog=1024)
        await server.serve_forever()


class Far(asyncio.Protocol):
    """The service's end."""

    def __init__(self, near):
        self.near = near

    def data_received(self, data):
        self.near.later(self.near.write_back, data)

    def connection_lost(self, _):
        self.near.later(self.near.close)


class Near(asyncio.Protocol):
    """The client's end."""

    def __init__(self, loop, target, half):
        self.loop, self.target, self.half = loop, target, half
        self.waiting, self.far = [], None

    def later(self, call, *arguments):
        # Timers of equal length run in the order in which they were set.
        self.loop.call_later(self.half, call, *arguments)

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connecting = self.loop.create_task(self._connect())

    async def _connect(self):
        await asyncio.sleep(2 * self.half)
        self.far, _ = await self.loop.create_connection(lambda: Far(self), "127.0.0.1", self.target)
        self.far.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for data in self.waiting:
            self.later(self.far.write, data)
        self.waiting = []

    def data_received(self, data):
        if self.far is None:
            self.waiting.append(data)
        else:
            self.later(self.far.write, data)

    def connection_lost(self, _):
        self.connecting.cancel()
        if self.far is not None:
            self.later(self.far.close)

    def write_back(self, data):
        if not self.transport.is_closing():
            self.transport.write(data)

    def close(self):
        self.transport.close()
