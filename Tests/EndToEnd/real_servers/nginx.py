"""nginx as it comes, in front of a service."""

import os
import shutil
import signal
import subprocess

from daemon import wait_until
from local_aws import die_with_parent, free_port


class Nginx:
    """A reverse proxy with nginx's own defaults, but for `directives`: a request is read whole before it is passed on
    (`proxy_request_buffering on`), a body has at most 1 MiB (`client_max_body_size 1m`), an answer may take 60 s
    (`proxy_read_timeout 60s`): https://nginx.org/en/docs/http/ngx_http_proxy_module.html. The host name is passed on, or no
    signature would match.
    """

    def __init__(self, directory, target, **directives):
        """`target` is the port it passes requests on to."""
        self.directory, self.target, self.port = directory, target, free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.directives = directives
        self.process = None

    @staticmethod
    def program():
        return shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")

    def __enter__(self):
        self.directory.mkdir(parents=True)
        self.configure(**self.directives)
        with open(self.directory / "nginx.log", "ab") as log:
            self.process = subprocess.Popen(
                [self.program(), "-p", str(self.directory), "-c", str(self.directory / "nginx.conf"), "-e", "error.log"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        wait_until(self.listens, 20, lambda: (self.directory / "nginx.log").read_text(), pause=0.05)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def configure(self, **directives):
        """Writes its configuration; `reload` makes a running one take it up."""
        lines = [f"{name} {value};" for name, value in directives.items()]
        lines += [f"{name}_temp_path temp/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
        (self.directory / "temp").mkdir(exist_ok=True)
        # Run by root, its workers would be another user, who cannot reach these directories.
        user = "user root;" if os.geteuid() == 0 else ""
        (self.directory / "nginx.conf").write_text(
            f"{user} daemon off; worker_processes 1; pid nginx.pid; events {{}}\n"
            f"http {{ access_log access.log; {' '.join(lines)}\n"
            f"  server {{ listen 127.0.0.1:{self.port};\n"
            f"    location / {{ proxy_pass http://127.0.0.1:{self.target}; proxy_set_header Host $http_host; }} }} }}\n")

    def reload(self, **directives):
        self.configure(**directives)
        self.process.send_signal(signal.SIGHUP)

    def listens(self):
        assert self.process.poll() is None, (self.directory / "nginx.log").read_text()
        return (self.directory / "nginx.pid").exists() and (self.directory / "nginx.pid").read_text().strip()

    def statuses(self):
        """The status of every request that it answered, in order."""
        return [int(line.split('" ')[1].split()[0]) for line in (self.directory / "access.log").read_text().splitlines()]
