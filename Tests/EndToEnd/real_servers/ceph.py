"""Ceph's RADOS gateway on a cluster of one monitor and one store in memory."""

import uuid

from daemon import wait_until
from local_aws import free_port

from .server import RealServer


class Ceph(RealServer):
    """The smallest cluster that stores an object: no manager, no replica, no authentication between its own parts."""

    name = "ceph"
    programs = ("radosgw", "ceph-mon", "ceph-osd", "ceph", "radosgw-admin", "monmaptool")
    packages = "Debian: radosgw ceph-mon ceph-osd"
    #: No other class is configured (400 InvalidArgument), and over plain HTTP it encrypts nothing (400 InvalidRequest).
    refuses = ({"storage_class": "STANDARD_IA"}, {"server_side_encryption": "AES256"})

    def launch(self):
        monitor, gateway = free_port(), free_port()
        self.endpoint = f"http://127.0.0.1:{gateway}"
        identity, address = uuid.uuid4(), f"[v2:127.0.0.1:{monitor}]"
        self.configure(identity, address, gateway)
        self.run("monmaptool", "--create", "--fsid", identity, "--addv", "a", address, "monmap")
        self.ceph("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap")
        self.spawn("ceph-mon", "-f", "-i", "a", "-c", self.config, name="mon")
        store = uuid.uuid4()
        self.ceph("ceph", "--connect-timeout", 60, "osd", "new", store, timeout=90)
        self.ceph("ceph-osd", "--mkfs", "-i", 0, "--osd-uuid", store)
        self.spawn("ceph-osd", "-f", "-i", 0, "-c", self.config, name="osd")
        wait_until(lambda: "1 up" in self.ceph("ceph", "osd", "stat"), 60, lambda: f"the store\n{self.logs()}", pause=0.3)
        self.ceph("radosgw-admin", "user", "create", "--uid", "s3loggerd", "--display-name", "s3loggerd",
                  "--access-key", self.access_key, "--secret", self.secret_key, timeout=120)
        self.spawn("radosgw", "-f", "-n", "client.rgw", "-c", self.config, name="rgw")

    def ceph(self, program, *arguments, **options):
        return self.run(program, "-c", self.config, *arguments, **options)

    def configure(self, identity, address, gateway):
        """One copy of everything, in memory, and nothing outside the directory and the loopback interface."""
        self.config = self.directory / "ceph.conf"
        settings = {
            "fsid": identity, "mon host": address, "mon initial members": "a", "ms bind msgr1": "false",
            "public network": "127.0.0.0/8", "public addr": "127.0.0.1", "ms mon client mode": "crc",
            "auth cluster required": "none", "auth service required": "none", "auth client required": "none",
            "run dir": self.directory, "admin socket": "", "pid file": "", "log to stderr": "true", "err to stderr": "true",
            "osd objectstore": "memstore", "memstore device bytes": 4 << 30, "osd crush chooseleaf type": 0,
            "osd pool default size": 1, "osd pool default min size": 1, "osd pool default pg num": 8,
            "osd pool default pg autoscale mode": "off", "mon allow pool size one": "true",
            "rgw frontends": f"beast endpoint=127.0.0.1:{gateway}", "rgw rados pool pg num min": 1}
        for kind in ("mon", "osd", "rgw"):
            settings[f"{kind} data"] = self.directory / kind
            (self.directory / kind).mkdir()
        self.config.write_text("[global]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items()))
