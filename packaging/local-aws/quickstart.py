"""The second half of packaging/quickstart: builds while a local AWS starts, then delivers a file before your eyes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from daemon import Daemon, wait_until
from local_aws import LocalAWS, die_with_parent

ROOT = Path(__file__).resolve().parents[2]
BUILD = ["swift", "build", "--package-path", str(ROOT), "-c", "release", "--static-swift-stdlib", "--disable-local-rpath",
         "--product", "s3loggerd",
         "-Xswiftc", "-file-prefix-map", "-Xswiftc", f"{ROOT}=.",
         "-Xcc", f"-ffile-prefix-map={ROOT}=.", "-Xcxx", f"-ffile-prefix-map={ROOT}=.",
         "-Xcc", "-fstack-protector-strong", "-Xcxx", "-fstack-protector-strong",
         "-Xcxx", "-D_FORTIFY_SOURCE=2",
         "-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now"]


class StepFailed(Exception):
    """A step did not work: its name, why, and where to look."""


def say(text=""):
    print(text, flush=True)


class Build:
    """The release build, under way while the rest is prepared."""

    def __init__(self, directory):
        self.log = directory / "build.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                BUILD, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)

    def binary(self):
        """Waits for the build and returns the program."""
        if self.process.wait() != 0:
            raise StepFailed("building s3loggerd", self.log.read_text(errors="replace")[-3000:], self.log)
        shown = subprocess.run([*BUILD, "--show-bin-path"], capture_output=True, text=True, check=True).stdout.strip()
        return Path(shown) / "s3loggerd"

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


def step(name, log, action):
    """Does one step; a failure names it and its log."""
    try:
        return action()
    except (OSError, RuntimeError, TimeoutError, AssertionError) as problem:
        raise StepFailed(name, problem, log) from problem
    except Exception as problem:
        raise StepFailed(name, f"{type(problem).__name__}: {problem}", log) from problem


def deliver(daemon, aws, folder):
    """Saves a file and shows where it went."""
    (folder / "letter.txt").write_text("Dear customer,\n")
    say(f"\nSaved {folder}/letter.txt")
    [record] = step("delivering the file", daemon.log, lambda: wait_until(
        lambda: aws.records(folder.name), 60, lambda: f"no record; {daemon.status}\n{daemon.log_tail()}"))
    content, answer = aws.read(record["object_key"], record["version_id"])
    say(f"\nIts object in s3://{aws.bucket}/{record['object_key']}:")
    say(json.dumps({"content": content.decode(), "version_id": answer["VersionId"], "metadata": answer["Metadata"]}, indent=2))
    say(f"\nIts record in the table {aws.table}:")
    say(json.dumps(record, indent=2, ensure_ascii=False))
    daemon.wait_for_status("1 delivered today", timeout=10)
    wait_until(lambda: "letter.txt" in daemon.command("status").stdout, 10, "the status file")
    say("\ns3loggerd status:")
    say(daemon.command("status").stdout)


def stay(daemon, folder):
    """Leaves everything running until Ctrl-C or the daemon's end."""
    say(f"Save files into     {folder}")
    say(f"What it says        tail -f {daemon.log}")
    for command in ("status", "queue", "history"):
        say(f"{command.capitalize():<20}{daemon.binary} {command} --config {daemon.config}")
    say("Stop                Ctrl-C (removes everything)")
    daemon.process.wait()
    raise StepFailed("running s3loggerd", f"it left with {daemon.process.returncode}\n{daemon.log_tail()}", daemon.log)


def run(directory, once):
    folder = directory / "inbox"
    folder.mkdir()
    aws, build, daemon = LocalAWS(directory / "aws"), Build(directory), None
    say("Building a release (the first time takes some minutes) while a local AWS starts")
    try:
        step("starting moto", directory / "aws/moto.log", aws.start)
        say(f"S3, DynamoDB, STS and IAM: {aws.endpoint}")
        how = step("provisioning", directory / "aws/moto.log", aws.provision)
        say(f"Bucket, table, role and user: {how}")
        binary = build.binary()
        say(f"Built: {binary}")
        daemon = Daemon(binary, directory / "daemon", aws, {"inbox": folder}, settle="1s")
        step("starting s3loggerd", daemon.log, daemon.start)
        say(f"The daemon runs: {daemon.status or 'ready'}")
        deliver(daemon, aws, folder)
        if not once:
            stay(daemon, folder)
    finally:
        build.stop()
        if daemon is not None and daemon.process is not None:
            daemon.stop()
        aws.stop()


def main():
    once = "--once" in sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = Path(tempfile.mkdtemp(prefix="s3loggerd-quickstart-"))
    try:
        run(directory, once)
    except KeyboardInterrupt:
        say("\nStopped.")
    except StepFailed as failure:
        name, reason, log = failure.args
        print(f"\nFAILED: {name}\n{reason}\nthe whole log: {log}", file=sys.stderr)
        return 1
    shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
