"""The server process: python -m fake_aws DIRECTORY PORT SETTINGS [CERTIFICATE [old]]."""

import asyncio
import json
import os
import sys
from pathlib import Path

from .server import serve
from .service import FakeService


def main(directory, port, settings, certificate=None, versions=None):
    os.chdir(directory)  # a Unix socket's address has at most 107 bytes
    Path("control").unlink(missing_ok=True)
    service = FakeService("store", json.loads(settings))
    asyncio.run(serve(service, int(port), "control", certificate, versions))


if __name__ == "__main__":
    main(*sys.argv[1:])
