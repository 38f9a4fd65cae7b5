"""The network fails in every way it can: names, connections, TLS, slowness. Nothing is lost, and it goes on by itself."""

import os
import socket
import time

import pytest

from certificates import Authority
from conftest import SOON
from daemon import Daemon
from delivering import THREE_PARTS, assert_single, deliver, in_parts
from expectations import assert_delivered, wait_for_records
from fake_aws.handle import FakeAWS, Rule
from fault_proxy import FaultProxy, Toxics
from local_aws import free_port
from stand_ins import RefusingProxy
from test_delivery import write

FILES = {b"%d.txt" % n: b"content %d" % n for n in range(10)}
LARGE = {b"large.bin": THREE_PARTS}


def through(daemon, endpoint):
    """Points the daemon elsewhere; a running one learns it by a reload."""
    daemon.sections["aws"] = {"endpoint_url": endpoint}
    daemon.configure(daemon.folders)
    return daemon


@pytest.fixture
def proxy(fake):
    with FaultProxy(fake.port) as made:
        yield made


# -- no connection --------------------------------------------------------------------------------------------------


def test_the_name_cannot_be_resolved_and_the_queue_waits(faked, fake, folder):
    write(folder, FILES)
    through(faked, "https://no-such-host.invalid").start()
    faked.wait_for_status("cannot be found", "10 pending", "nothing lost")
    through(faked, fake.endpoint)
    faked.reload()
    deliver(faked, fake, folder, FILES)
    assert_delivered(fake, folder, FILES)


def test_nobody_listens_and_the_queue_waits_until_somebody_does(binary, folder, tmp_path):
    fake = FakeAWS(tmp_path / "aws")
    daemon = Daemon(binary, tmp_path / "daemon", fake, {folder.name: folder}, settle="100ms", upload=SOON)
    write(folder, FILES)
    daemon.start()
    try:
        daemon.wait_for_status("cannot be reached", "10 pending", "nothing lost")
        assert daemon.stop() == 0
        with fake:
            deliver(daemon, fake, folder, FILES)
            assert_delivered(fake, folder, FILES)
            fake.stop()
            files = FILES | {b"later-%d.txt" % n: b"later" for n in range(10)}
            write(folder, files)
            daemon.wait_for_status("WAITING", "10 pending")
            fake.start()
            deliver(daemon, fake, folder, files)
            assert_delivered(fake, folder, files)
    finally:
        if daemon.process:
            daemon.kill()


def test_a_connection_that_is_never_answered_is_given_up(faked, fake, folder):
    """A listener whose queue is full drops what comes: nothing answers the first packet."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        write(folder, FILES)
        through(faked, f"http://127.0.0.1:{listener.getsockname()[1]}").start()
        faked.wait_for_status("10 pending", "nothing lost", timeout=40)
    through(faked, fake.endpoint)
    faked.reload()
    deliver(faked, fake, folder, FILES)
    assert_delivered(fake, folder, FILES)


# -- connections that break -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [1, 2, 3])
def test_a_connection_is_reset_within_a_part_and_only_that_part_is_sent_again(faked, fake, folder, part):
    fake.script(Rule("UploadPart", first=part, read=min(1 << 20, 1 if part == 3 else 1 << 20), end="reset"))
    since = fake.now()
    deliver(in_parts(faked, part_concurrency=1), fake, folder, LARGE)
    assert_delivered(fake, folder, LARGE)
    assert len([e for e in fake.trace(since) if e[1] == "UploadPart"]) == 4


@pytest.mark.parametrize("toxics", [Toxics(close_after=3 << 20), Toxics(reset_after=3 << 20), Toxics(close_after=100)],
                         ids=["closed in the body", "reset in the body", "closed in the head"])
def test_connections_break_and_files_arrive_whole(faked, fake, folder, proxy, toxics):
    proxy.next.extend([Toxics(), toxics, toxics])
    deliver(through(in_parts(faked), proxy.endpoint), fake, folder, LARGE | FILES)
    assert_single(fake, folder, LARGE | FILES)


def test_every_connection_is_reset_again_and_again_and_files_arrive(faked, fake, folder, proxy):
    files = {b"%d.txt" % n: os.urandom(2000) for n in range(200)}
    write(folder, files)
    through(faked, proxy.endpoint).start()
    for _ in range(8):
        time.sleep(0.15)
        proxy.reset_all()
    wait_for_records(fake, folder, len(files), daemon=faked)
    assert_single(fake, folder, files)


def test_a_kept_connection_is_closed_just_as_a_request_goes_out(faked, fake, folder):
    fake.script(Rule("PutObject", first=2, every=2, times=5, read=0, end="close"))
    deliver(faked, fake, folder, FILES)
    assert_single(fake, folder, FILES)


def test_the_link_stops_within_a_body_and_the_upload_goes_on_later(faked, fake, folder, proxy, long):
    if not long:
        pytest.skip("a stall is noticed after 30 s: only with --long")
    proxy.next.extend([Toxics(), Toxics(stall_after=2 << 20), Toxics(stall_after=7 << 20)])
    deliver(through(in_parts(faked), proxy.endpoint), fake, folder, LARGE, timeout=200)
    assert_delivered(fake, folder, LARGE)


def test_one_request_hangs_and_the_others_go_on(faked, fake, folder, long):
    files = {b"%d.txt" % n: b"content %d" % n for n in range(100)}
    fake.script(Rule("PutObject", key="/50.txt", end="hang"))
    faked.sections["upload"] = SOON | {"answer_timeout": "30s"}
    faked.configure(faked.folders)
    write(folder, files)
    faked.start()
    faked.wait_for_status("1 pending", "99 delivered today")
    if long:
        wait_for_records(fake, folder, 100, timeout=90, daemon=faked)
        assert_delivered(fake, folder, files)


def test_an_answer_that_comes_late_is_waited_for(faked, fake, folder):
    """As from S3 that completes a large upload, and from a proxy that has the body and hands it on slowly."""
    fake.script(Rule("PutObject", delay=35), Rule("UploadPart", delay=35), Rule("CompleteMultipartUpload", delay=35))
    since = fake.now()
    deliver(in_parts(faked), fake, folder, LARGE | {b"a.txt": b"a"}, timeout=150)
    assert_delivered(fake, folder, LARGE | {b"a.txt": b"a"})
    sent = [operation for _, operation, *_ in fake.trace(since)]
    assert [sent.count(name) for name in ("PutObject", "UploadPart", "CompleteMultipartUpload")] == [1, 3, 1]


# -- slowness and nonsense ------------------------------------------------------------------------------------------


def test_a_slow_line_makes_progress(faked, fake, folder, proxy):
    proxy.steady = Toxics(rate=64 * 1024, latency=0.05)
    content = {b"scan.pdf": os.urandom(200_000)}
    deliver(through(faked, proxy.endpoint), fake, folder, content)
    assert_delivered(fake, folder, content)


def test_an_answer_without_end_is_cut_off(faked, fake, folder):
    fake.script(Rule("PutObject", status=200, body="x" * (4 << 20), times=1))
    deliver(faked, fake, folder, {b"a.txt": b"a"})
    assert_delivered(fake, folder, {b"a.txt": b"a"})


def test_an_answer_that_drips_is_given_up(faked, fake, folder, long):
    if not long:
        pytest.skip("an answer may drip for ten times its timeout, which is 30 s at least: only with --long")
    faked.sections["upload"] = SOON | {"answer_timeout": "30s"}
    faked.configure(faked.folders)
    fake.script(Rule("PutObject", end="drip", status=503, code="SlowDown", body="x" * 10_000))
    write(folder, {b"a.txt": b"a"} | FILES)
    deliver(faked, fake, folder, {b"a.txt": b"a"} | FILES, timeout=1000)
    assert_single(fake, folder, {b"a.txt": b"a"} | FILES)


def test_a_server_that_speaks_no_http_is_waited_for(faked, fake, folder):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        write(folder, FILES)
        through(faked, f"http://127.0.0.1:{listener.getsockname()[1]}").start()
        for _ in range(2):
            listener.settimeout(20)
            client, _ = listener.accept()
            client.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")
            client.close()
        faked.wait_for_status("10 pending", "nothing lost")
    through(faked, fake.endpoint)
    faked.reload()
    deliver(faked, fake, folder, FILES)
    assert_delivered(fake, folder, FILES)


def test_proxies_of_the_environment_are_not_used(faked, fake, folder):
    nowhere = f"http://127.0.0.1:{free_port()}"
    faked.start(http_proxy=nowhere, https_proxy=nowhere, HTTPS_PROXY=nowhere, ALL_PROXY=nowhere, all_proxy=nowhere)
    deliver(faked, fake, folder, FILES)


def test_a_proxy_that_wants_a_password_is_named_and_learns_nothing(faked, fake, folder):
    write(folder, FILES)
    with RefusingProxy() as proxy:
        faked.sections["aws"] = {"endpoint_url": "https://aws.invalid", "proxy": proxy.url}
        faked.configure(faked.folders)
        faked.start()
        faked.wait_for_status("the proxy refuses a connection to aws.invalid with HTTP 407", "10 pending", "nothing lost")
        assert {(method, target) for method, target, _ in proxy.requests} == {("CONNECT", "aws.invalid:443")}
        assert {name for *_, headers in proxy.requests for name in headers} <= {"Host", "User-Agent", "Proxy-Connection"}
        time.sleep(2)
        assert len(proxy.requests) <= 8, "asked now and then, not stormed"
        assert faked.stop() == 0
    through(faked, fake.endpoint)
    deliver(faked, fake, folder, FILES)
    assert_delivered(fake, folder, FILES)


# -- TLS ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


def secure(binary, folder, tmp_path, authority, certificate, versions="", bundle=None):
    fake = FakeAWS(tmp_path / "aws", certificate=certificate, versions=versions, host="localhost")
    daemon = Daemon(binary, tmp_path / "daemon", fake, {folder.name: folder}, settle="100ms", upload=SOON,
                    keys={"ca_bundle": str(bundle or authority.bundle)})
    return fake, daemon


def test_over_tls_with_our_own_authority_everything_is_delivered(binary, folder, tmp_path, authority):
    fake, daemon = secure(binary, folder, tmp_path, authority, authority.server("localhost"))
    with fake:
        in_parts(daemon)
        deliver(daemon, fake, folder, FILES | LARGE)
        assert_delivered(fake, folder, FILES | LARGE)
        assert fake.violations() == []
        assert daemon.stop() == 0


@pytest.mark.parametrize("fault", ["expired", "for another host", "from an unknown authority", "TLS 1.1 only", "no TLS"])
def test_a_server_that_cannot_be_trusted_gets_nothing(binary, folder, tmp_path, authority, fault):
    name = "other.example" if fault == "for another host" else "localhost"
    certificate = authority.server(name, expired=fault == "expired")
    bundle = Authority(tmp_path / "other").bundle if fault == "from an unknown authority" else None
    fake, daemon = secure(binary, folder, tmp_path, authority, certificate, "old" if fault == "TLS 1.1 only" else "", bundle)
    if fault == "no TLS":
        fake.certificate = None
    write(folder, FILES)
    # A setting of the environment must not soften it.
    daemon_environment = {"SSL_CERT_FILE": str(authority.bundle), "OPENSSL_CONF": "/dev/null"}
    with fake:
        daemon.start(**daemon_environment)
        try:
            daemon.wait_for_status("not secure", "10 pending", "nothing lost")
            assert fake.state()["requests"] == {}
        finally:
            daemon.kill()


def test_a_handshake_that_is_cut_is_tried_again(binary, folder, tmp_path, authority):
    fake, daemon = secure(binary, folder, tmp_path, authority, authority.server("localhost"))
    with fake, FaultProxy(fake.port) as proxy:
        proxy.next.extend([Toxics(close_after=100), Toxics(reset_after=300), Toxics(close_after=450)])
        through(daemon, f"https://localhost:{proxy.port}")
        daemon.sections["aws"]["ca_bundle"] = str(authority.bundle)
        daemon.configure(daemon.folders)
        deliver(daemon, fake, folder, FILES)
        assert_delivered(fake, folder, FILES)
        assert daemon.stop() == 0


@pytest.mark.parametrize("toxics", [Toxics(reset_after=100), Toxics(close_after=100)], ids=["reset", "closed"])
def test_handshakes_that_break_again_and_again_are_an_outage(binary, folder, tmp_path, authority, toxics):
    fake, daemon = secure(binary, folder, tmp_path, authority, authority.server("localhost"))
    with fake, FaultProxy(fake.port) as proxy:
        proxy.steady = toxics
        write(folder, FILES)
        through(daemon, f"https://localhost:{proxy.port}")
        daemon.sections["aws"]["ca_bundle"] = str(authority.bundle)
        daemon.configure(daemon.folders)
        daemon.start()
        try:
            daemon.wait_for_status("WAITING", "cannot be reached", "broke while TLS began", "10 pending", "nothing lost")
            proxy.steady = Toxics()
            deliver(daemon, fake, folder, FILES)
            assert_delivered(fake, folder, FILES)
        finally:
            daemon.kill()
