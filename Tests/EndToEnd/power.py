"""A file system whose power can be cut: ext4 on a loop device, shut down without flushing its log (EXT4_IOC_SHUTDOWN)."""

import fcntl
import os
import struct
import subprocess
import tempfile
from pathlib import Path

EXT4_IOC_SHUTDOWN = 0x8004587D
WITHOUT_FLUSHING_THE_LOG = 2


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.strip()


class LoopDisk:
    def __init__(self, directory, megabytes=64):
        self.mount_point = Path(directory) / "disk"
        self.image = Path(directory) / "disk.img"
        self.mount_point.mkdir()
        with open(self.image, "wb") as file:
            file.truncate(megabytes << 20)
        run("mkfs.ext4", "-q", "-F", str(self.image))
        self.device = run("losetup", "--show", "-f", str(self.image))
        try:
            self.mount()
        except OSError:
            run("losetup", "-d", self.device)
            raise

    def mount(self):
        run("mount", "-t", "ext4", self.device, str(self.mount_point))

    def cut(self):
        """From now on nothing reaches the disk, and what was not synced is gone."""
        descriptor = os.open(self.mount_point, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING_THE_LOG))
        finally:
            os.close(descriptor)

    def power_on(self):
        """After a cut, with nobody using the disk any more."""
        run("umount", str(self.mount_point))
        self.mount()

    def close(self):
        run("umount", str(self.mount_point))
        run("losetup", "-d", self.device)
        self.image.unlink()


def missing():
    """Why no such disk can be made here, or None."""
    if os.geteuid() != 0:
        return "a loop device needs root"
    with tempfile.TemporaryDirectory() as directory:
        try:
            disk = LoopDisk(directory, megabytes=8)
            disk.cut()
            disk.close()
        except OSError as error:
            return f"no disk whose power can be cut: {error}"
    return None
