"""OpenStack Swift with its S3 middleware: one proxy, and one server each for accounts, containers and objects."""

import getpass
import os
import subprocess

from local_aws import free_port

from .server import RealServer

PYTHON = "/usr/bin/python3"
#: s3api stands before the authentication, slo after it: https://docs.openstack.org/swift/latest/middleware.html#s3api
PIPELINE = "catch_errors gatekeeper healthcheck cache bulk s3api tempauth copy slo dlo versioned_writes symlink proxy-server"
#: tempauth wants a cache; at port 9, discard, nobody listens, and it does without.
FILTERS = {"versioned_writes": {"allow_object_versioning": "true", "allow_versioned_writes": "true"},
           "cache": {"use": "egg:swift#memcache", "memcache_servers": "127.0.0.1:9"}}
#: On a busy machine the proxy would give up its one server after half a second, and then for a minute.
PATIENT = {"conn_timeout": 30, "node_timeout": 60, "error_suppression_limit": 1_000_000}
#: Where everything of a kind lies: on the one device. `swift-ring-builder` would be started nine times for this.
RINGS = """
import sys
from swift.common.ring import RingBuilder
for word in sys.argv[1:]:
    kind, port = word.split(":")
    ring = RingBuilder(4, 1, 1)
    ring.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "d1", "weight": 1.0})
    ring.rebalance()
    ring.get_ring().save(kind + ".ring.gz")
"""
#: What swift-proxy-server and its like do, without /etc/swift: the library is enough, and no service is installed.
SERVE = """
import sys
from swift.common import utils
utils.set_swift_dir(sys.argv[1])
from swift.common.wsgi import run_wsgi
sys.exit(run_wsgi(sys.argv[2], sys.argv[3], verbose=True))
"""


class OpenStackSwift(RealServer):
    """One replica on one directory, which has to be on a file system with extended attributes of users."""

    name = "swift"
    packages = "Debian: python3-swift"
    #: tempauth's users are `account:user`, and that is also their access key.
    access_key = "test:tester"
    names_version_of_parts = False
    #: On ext4 all metadata of an object have 4 KiB, the path with its version three times among them. One that does not fit
    #: takes the whole device out for a minute (507, then 503).
    longest_path = 400
    #: 400 InvalidStorageClass, 501 NotImplemented.
    refuses = ({"storage_class": "STANDARD_IA"}, {"server_side_encryption": "AES256"})

    @classmethod
    def missing(cls):
        done = subprocess.run([PYTHON, "-c", "import swift.common.middleware.s3api"], capture_output=True)
        return f"swift missing: {cls.packages}" if done.returncode else None

    def launch(self):
        servers, proxy = {kind: free_port() for kind in ("object", "container", "account")}, free_port()
        self.endpoint = f"http://127.0.0.1:{proxy}"
        (self.directory / "devices/d1").mkdir(parents=True)
        os.setxattr(self.directory / "devices", "user.probe", b"1")
        (self.directory / "swift.conf").write_text(
            "[swift-hash]\nswift_hash_path_suffix = tests\n\n[storage-policy:0]\nname = one\ndefault = yes\n")
        self.run(PYTHON, "-c", RINGS, *(f"{kind}:{port}" for kind, port in servers.items()))
        for kind, port in servers.items():
            self.serve(kind, port, {"pipeline:main": {"pipeline": f"{kind}-server"},
                                    f"app:{kind}-server": {"use": f"egg:swift#{kind}"}})
        filters = {name: {"use": f"egg:swift#{name}"} | FILTERS.get(name, {}) for name in PIPELINE.split()[:-1]}
        filters["tempauth"]["user_" + self.access_key.replace(":", "_")] = f"{self.secret_key} .admin"
        filters["s3api"]["location"] = self.region
        self.serve("proxy", proxy, {
            "pipeline:main": {"pipeline": PIPELINE},
            "app:proxy-server": {"use": "egg:swift#proxy", "account_autocreate": "true"} | PATIENT,
        } | {f"filter:{name}": settings for name, settings in filters.items()})

    def serve(self, kind, port, sections):
        common = {"bind_ip": "127.0.0.1", "bind_port": port, "workers": 0, "user": getpass.getuser(),
                  "swift_dir": self.directory, "devices": self.directory / "devices", "mount_check": "false",
                  "disable_fallocate": "true"}
        config = self.directory / f"{kind}.conf"
        config.write_text("".join(
            f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items()) + "\n"
            for name, settings in ({"DEFAULT": common} | sections).items()))
        self.spawn(PYTHON, "-c", SERVE, self.directory, config, f"{kind}-server", name=kind)
