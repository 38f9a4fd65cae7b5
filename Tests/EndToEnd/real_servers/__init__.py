"""Servers that speak S3 and are not AWS, each on loopback ports of its own and below one directory.

Nothing is installed here: `missing()` of each says which packages it needs. Each is a context manager with `endpoint`,
`bucket`, `access_key`, `secret_key`, `region` and `keys`, what `[aws]` and `[upload]` need for it beyond these.
"""

from .ceph import Ceph
from .openstack import OpenStackSwift
from .rclone import Rclone

SERVERS = {server.name: server for server in (Ceph, OpenStackSwift, Rclone)}

__all__ = ["SERVERS", "Ceph", "OpenStackSwift", "Rclone"]
