"""A running `s3loggerd`: its configuration, its process, and what it tells systemd."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from local_aws import die_with_parent


def quoted(value):
    """A TOML value: JSON's texts, numbers, booleans and lists are TOML's too."""
    return json.dumps(value, ensure_ascii=False)


def wait_until(condition, timeout, what, pause=0.05):
    """Waits until `condition()` is true and returns its value; `what` (text, or a function) tells the failure."""
    deadline = time.monotonic() + timeout
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout} s: {what() if callable(what) else what}")
        time.sleep(pause)


class NotifySocket:
    """systemd's end of sd_notify(3): keeps every message of the daemon."""

    def __init__(self, path):
        self.path, self.messages = str(path), []
        Path(path).unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self):
        while data := self._socket.recv(65536):
            for line in data.decode("utf-8", "backslashreplace").splitlines():
                name, _, value = line.partition("=")
                self.messages.append((name, value))

    def values(self, name):
        """Every value a variable had, in order."""
        return [value for key, value in list(self.messages) if key == name]

    def close(self):
        """Ends the receiving thread with an empty datagram."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self.path)


class Daemon:
    """The daemon in a directory of its own: configuration, state and log live there, across restarts."""

    def __init__(self, binary, directory, aws, folders, settle="300ms", keys=None, **sections):
        """`folders`: name → path, or name → dict of the folder's keys. `sections`: name → dict of further keys; those of
        `[aws]` are in `keys`. A key that is None is left out."""
        self.binary, self.aws = str(binary), aws
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.config, self.log = self.directory / "config.toml", self.directory / "daemon.log"
        self.state = self.directory / "state"
        self.settle, self.sections = settle, sections | ({"aws": keys} if keys else {})
        self.process = self.notify = None
        #: What the daemon is run under: the words before its own, such as those of strace.
        self.under = []
        self.configure(folders)

    # -- configuration ----------------------------------------------------------------------------------------------

    def configure(self, folders):
        """Writes the configuration; a running daemon reads it at its next reload."""
        self.folders = {name: keys if isinstance(keys, dict) else {"path": str(keys)} for name, keys in folders.items()}
        aws = {"region": self.aws.region, "bucket": self.aws.bucket, "table": self.aws.table,
               "role_arn": self.aws.role_arn, "external_id": self.aws.external_id, "endpoint_url": self.aws.endpoint}
        sections = {"aws": aws, "journal": {"directory": str(self.state)}}
        for name, keys in self.sections.items():
            sections[name] = sections.get(name, {}) | keys
        text = "".join(table(f"[{name}]", keys) for name, keys in sections.items())
        for name, keys in self.folders.items():
            text += table("[[folder]]", {"name": name, "settle": self.settle, **keys})
        self.config.write_text(text)

    def environment(self, **more):
        """Only what the daemon is meant to see, so that no setting of the machine's account decides a test."""
        kept = {k: os.environ[k] for k in ("PATH", "LANG", "LD_LIBRARY_PATH", "TZ") if k in os.environ}
        return kept | {
            "HOME": str(self.directory),
            "AWS_ACCESS_KEY_ID": self.aws.base_access_key, "AWS_SECRET_ACCESS_KEY": self.aws.base_secret_key} | more

    # -- the process ------------------------------------------------------------------------------------------------

    def start(self, ready=True, timeout=30, arguments=(), **environment):
        """Starts `s3loggerd run` and, unless told otherwise, waits until it is ready."""
        assert self.process is None, "it runs already"
        self.notify = NotifySocket(self.directory / "notify")
        more = {"NOTIFY_SOCKET": self.notify.path} | environment
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.under, self.binary, "run", "--config", str(self.config), *arguments], env=self.environment(**more),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        if ready:
            self.wait_for(lambda: self.notify.values("READY"), timeout, "READY=1")
        return self

    def wait_for(self, condition, timeout, what):
        """Waits for something the running daemon does; fails early where it ended."""
        def held():
            value = condition()
            if not value and self.process.poll() is not None:
                raise AssertionError(f"the daemon left with {self.process.returncode} before {what}\n{self.log_tail()}")
            return value
        return wait_until(held, timeout, lambda: f"{what}; status {self.status!r}\n{self.log_tail()}")

    def wait_for_status(self, *words, timeout=30):
        """Waits until the status line holds every word, and returns it."""
        return self.wait_for(lambda: all(w in self.status for w in words) and self.status, timeout, f"status {words}")

    def holds_for(self, seconds, condition):
        """Looks for so long whether something stays as it is."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert condition(), f"status {self.status!r}\n{self.log_tail()}"
            time.sleep(0.2)

    @property
    def status(self):
        """The last STATUS= line, as `systemctl status` shows it."""
        return (self.notify.values("STATUS") or [""])[-1] if self.notify else ""

    def stop(self, timeout=60):
        """Asks it to stop, waits, and returns its exit status."""
        return self._end(signal.SIGTERM, timeout)

    def kill(self):
        """Ends it at once, as a crash would."""
        return self._end(signal.SIGKILL, 10)

    def _end(self, number, timeout):
        self.process.send_signal(number)
        return self.wait(timeout)

    def wait(self, timeout=60):
        """Waits until it has left by itself and returns its exit status."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the daemon did not leave within {timeout} s\n{self.log_tail()}") from None
        finally:
            self.notify.close()
            self.process = None

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def log_tail(self, characters=3000):
        return self.log.read_text(errors="backslashreplace")[-characters:] if self.log.exists() else ""

    # -- commands ---------------------------------------------------------------------------------------------------

    def command(self, *arguments, timeout=60, config=None, prefix=(), **environment):
        """Runs another command of the program on the same configuration."""
        return subprocess.run(
            [*prefix, self.binary, *arguments, "--config", str(config or self.config)], env=self.environment(**environment),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)

    def start_scanned(self):
        """Starts it and waits until each folder was looked through: what comes then comes by events."""
        self.start()
        self.wait_for(lambda: all("last_rescan" in f for f in self.json("status")["folders"]), 30, "the first scan")
        return self

    def json(self, *arguments):
        """The document a command prints with `--json`."""
        done = self.command(*arguments, "--json")
        assert done.returncode == 0, (arguments, done.returncode, done.stderr)
        return json.loads(done.stdout)


def table(header, keys):
    lines = [f"{name} = {quoted(value)}" for name, value in keys.items() if value is not None]
    return "\n".join([header, *lines]) + "\n\n"
