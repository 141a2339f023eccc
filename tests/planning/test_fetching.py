"""A calendar from the web: only over https, only from public machines, never more than is wanted."""

from __future__ import annotations

import datetime as dt
import ipaddress
import logging
import socket
import ssl
import threading
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline.errors import Refused
from pipeline.ics import fetching

HOST, SECRET = "calendar.example", "geheim123"
URL = f"https://{HOST}/{SECRET}/partners.ics"
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nBEGIN:VCALENDAR"


def certificate(folder, name: str):
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, secret = folder / f"{name}.pem", folder / f"{name}.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return cert, secret


@contextmanager
def answering(cert, secret, answers: list[bytes]):
    """A TLS server on the loopback that gives these answers, one for each connection; the requests that came."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, secret)
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            for answer in answers:
                try:
                    plain, _address = listener.accept()
                    with plain, context.wrap_socket(plain, server_side=True) as talk:
                        asked.append(talk.recv(65_536))
                        talk.sendall(answer)
                except OSError:
                    continue

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1], asked


@pytest.fixture
def web(tmp_path, monkeypatch):
    """Names lead to a server of ours, whose certificate is trusted; `asked` is what came there."""
    cert, secret = certificate(tmp_path, HOST)
    trusted = ssl.create_default_context(cafile=str(cert))

    def fetch(*answers: bytes, url: str = URL, public: bool = True):
        with answering(cert, secret, list(answers)) as (port, asked):
            monkeypatch.setattr(fetching, "PORT", port)
            monkeypatch.setattr(fetching, "_look_up", lambda _host: [(0, 0, 0, "", ("127.0.0.1", 0))])
            monkeypatch.setattr(fetching, "is_public", lambda _address: public)
            fetch.asked = asked
            return fetching.fetch(url, verify=trusted)

    return fetch


def test_a_calendar_is_fetched_from_the_address_looked_up_under_the_name_asked_for(web):
    assert web(GOOD) == b"BEGIN:VCALENDAR"
    (request,) = web.asked
    assert request.startswith(b"GET /geheim123/partners.ics ") and b"\r\nhost: calendar.example\r\n" in request.lower()
    assert web(GOOD, url=URL.replace("https", "webcal")) == b"BEGIN:VCALENDAR"


def test_no_log_line_holds_what_may_be_a_secret(web, caplog):
    with caplog.at_level(logging.DEBUG):
        web(GOOD)
    assert not [line for line in caplog.messages if SECRET in line]


def test_a_certificate_of_another_name_is_not_taken(web):
    with pytest.raises(Refused, match="did not answer"):
        web(GOOD, url="https://other.example/x.ics")


def test_a_private_machine_is_not_asked(web):
    with pytest.raises(Refused, match="private network"):
        web(GOOD, public=False)
    assert web.asked == []


def moved(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def test_an_address_that_leads_on_is_followed_through_the_same_doors(web):
    assert web(moved("/b.ics"), GOOD) == b"BEGIN:VCALENDAR"
    for to in ("http://calendar.example/b.ics", "file:///etc/passwd", "https://calendar.example:8443/"):
        with pytest.raises(Refused, match="begins with https"):
            web(moved(to), GOOD)
    with pytest.raises(Refused, match="only leads on"):
        web(*[moved("/again.ics")] * 4)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answers 404"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", "gives no calendar"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2_100_000, "larger than 2 MB"),
        (b"nonsense", "did not answer"),
    ],
)
def test_what_is_no_good_answer_is_refused_without_repeating_the_secret(web, answer, why):
    with pytest.raises(Refused, match=why) as refusal:
        web(answer)
    assert SECRET not in str(refusal.value) and refusal.value.__cause__ is None


@pytest.mark.parametrize(
    "url",
    [
        "http://calendar.example/x.ics", "ftp://calendar.example/x", "file:///etc/passwd", "https://", "//x", "",
        "https://user:word@calendar.example/x", "https://calendar.example:8080/x", "https://[::1", "gopher://x",
        "https://calendar.example:99999/x",
    ],
)  # fmt: skip
def test_an_address_of_another_kind_is_refused_before_anybody_is_asked(url, monkeypatch):
    monkeypatch.setattr(fetching, "_look_up", pytest.fail)
    with pytest.raises(Refused, match="begins with https"):
        fetching.fetch(url)


PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:0:1::1", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_in_any_dress_counts_as_public(address):
    assert not fetching.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e", "::ffff:8.8.8.8"])
def test_a_public_address_does(address):
    assert fetching.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "[::ffff:7f00:1]"])
def test_the_loopback_is_refused_however_it_is_written(host):
    with pytest.raises(Refused):
        fetching.fetch(f"https://{host}/x.ics")


def test_a_name_that_leads_to_public_and_private_machines_is_refused(monkeypatch):
    both = [(0, 0, 0, "", ("93.184.215.14", 0)), (0, 0, 0, "", ("127.0.0.1", 0))]
    monkeypatch.setattr(fetching, "_look_up", lambda _host: both)
    with pytest.raises(Refused, match="private network"):
        fetching.fetch(URL)


def test_a_name_is_looked_up_once_so_that_a_changed_answer_leads_nowhere_else(web, monkeypatch):
    looked = []
    real = fetching.resolved

    def once(host):
        looked.append(host)
        return real(host)

    monkeypatch.setattr(fetching, "resolved", once)
    monkeypatch.setattr(socket, "getaddrinfo", _only_numbers(socket.getaddrinfo))
    assert web(GOOD) == b"BEGIN:VCALENDAR" and looked == [HOST]


def _only_numbers(real):
    """The system's look-up, which fails the test when it is asked for the name behind our back."""

    def look_up(host, *more, **options):
        assert HOST not in str(host)
        return real(host, *more, **options)

    return look_up
