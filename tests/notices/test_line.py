"""The way to the mail server: encrypted where it is said to be, never in clear by itself, set by the environment."""

from __future__ import annotations

import datetime
import ipaddress
import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from pipeline import notices
from pipeline.errors import Refused
from pipeline.models import Notice, User
from publishers._sentences import Sentence
from tests.notices.post_office import PostOffice

ROOT = Path(__file__).parents[2]


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1, signed by itself: its file, and the context of a server that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, secret)
    return path, context


def owe(user):
    Notice.objects.create(kind="digest", recipient=user, subject="digest", occasion="x", owed_at=timezone.now(),
                          facts=dict.fromkeys(("sent", "due", "late", "failed", "decide", "dying", "seq"), 1)
                          | {"day": "2026-11-25", "head": "a" * 64})  # fmt: skip


def why():
    return Sentence.from_json(Notice.objects.get().why).text("en")


def signed_in(settings, *, tls="starttls"):
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = tls == "starttls", tls == "tls"
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "posts", "canary-password"


class Secure(PostOffice):
    """A server that asks for STARTTLS and a password."""

    def __init__(self, context):
        super().__init__(tls_context=context, require_starttls=True, authenticator=self.check, auth_required=True)


def test_a_trusted_server_gets_the_password_and_the_mail_encrypted(room, mailed, settings, certificate, monkeypatch):
    path, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with Secure(context) as office:
        mailed(office.port)
        signed_in(settings)
        owe(room.coordinator)
        assert notices.send_due() == 1
        assert office.logins == [(b"posts", b"canary-password")]


def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_mail(room, mailed, settings, certificate):
    with Secure(certificate[1]) as office:
        mailed(office.port)
        signed_in(settings)
        owe(room.coordinator)
        assert notices.send_due() == 0
        assert not office.logins and not office.taken
    assert notices.waiting() == 1 and "certificate" in why().lower()


def test_a_server_that_does_not_encrypt_is_not_written_to_in_clear_instead(room, office, settings):
    signed_in(settings)
    owe(room.coordinator)
    assert notices.send_due() == 0
    assert not office.taken and notices.waiting() == 1 and "STARTTLS" in why()


def test_encrypted_from_the_first_byte(room, mailed, settings, certificate, monkeypatch):
    path, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with PostOffice(ssl_context=context) as office:
        mailed(office.port)
        settings.EMAIL_USE_SSL = True
        owe(room.coordinator)
        assert notices.send_due() == 1
        assert office.taken[0].to == "samira@example.org"


def test_a_password_that_cannot_be_spelt_is_a_sentence(room, mailed, settings, certificate, monkeypatch):
    path, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with Secure(context) as office:
        mailed(office.port)
        signed_in(settings)
        settings.EMAIL_HOST_PASSWORD = "été"
        owe(room.coordinator)
        assert notices.send_due() == 0
    assert "ASCII" in why() and "été" not in why()


def test_a_test_mail_says_what_the_server_answered(room, office):
    assert notices.send_test(room.intern, by=room.administrator) == "250 taken"
    (mail,) = office.taken
    assert mail.to == "camille@example.org" and "Essai" in mail.subject
    assert not Notice.objects.exists()


def test_a_test_mail_that_is_not_taken_is_refused_with_the_servers_words(room, office):
    office.at_rcpt = lambda _address: "550 5.1.1 no such\tperson"
    with pytest.raises(Refused, match=r"550 5\.1\.1 no such person.*PORTEVOIX_MAIL"):
        notices.send_test(room.intern, by=room.administrator)


def test_only_an_administrator_sends_a_test_mail_and_only_to_an_address(room, office, settings):
    with pytest.raises(Refused, match="administrator"):
        notices.send_test(room.intern, by=room.coordinator)
    User.objects.filter(pk=room.intern.pk).update(email="")
    room.intern.refresh_from_db()
    with pytest.raises(Refused, match="no address"):
        notices.send_test(room.intern, by=room.administrator)
    settings.EMAIL_HOST = ""
    with pytest.raises(Refused, match="PORTEVOIX_MAIL_HOST"):
        notices.send_test(room.editor, by=room.administrator)
    assert not office.taken


SHOW = (
    "import django; django.setup()\nfrom django.conf import settings as s\n"
    "print(s.EMAIL_HOST, s.EMAIL_PORT, s.EMAIL_USE_TLS, s.EMAIL_USE_SSL, s.EMAIL_HOST_USER, s.EMAIL_HOST_PASSWORD,"
    " s.DEFAULT_FROM_EMAIL, s.EMAIL_TIMEOUT, s.PORTEVOIX_URL, s.PORTEVOIX_DIGEST_HOUR, sep='|')"
)


def shown(tmp_path, **given):
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORTEVOIX_")}
    env |= {"PORTEVOIX_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings", **given}
    done = subprocess.run([sys.executable, "-c", SHOW], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_the_environment_sets_the_mail_server(tmp_path):
    (tmp_path / "secret").write_text("canary\n")
    given = {
        "PORTEVOIX_MAIL_HOST": "mail.example.org", "PORTEVOIX_MAIL_USER": "posts@example.org",
        "PORTEVOIX_MAIL_PASSWORD_FILE": str(tmp_path / "secret"), "PORTEVOIX_URL": "https://posts.example.org/",
        "PORTEVOIX_DIGEST_HOUR": "7",
    }  # fmt: skip
    told = shown(tmp_path, **given)
    who = "posts@example.org|canary|posts@example.org|20|https://posts.example.org|7"
    assert told == f"mail.example.org|587|True|False|{who}"
    assert shown(tmp_path, **given, PORTEVOIX_MAIL_TLS="tls").startswith("mail.example.org|465|False|True|")
    assert shown(tmp_path, **given, PORTEVOIX_MAIL_TLS="none", PORTEVOIX_MAIL_PORT="2525").startswith(
        "mail.example.org|2525|False|False|"
    )


def test_without_settings_there_is_no_mail_server(tmp_path):
    assert shown(tmp_path).startswith("|587|")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTEVOIX_MAIL_TLS", "perhaps"),
        ("PORTEVOIX_URL", "posts.example.org"),
        ("PORTEVOIX_MAIL_PORT", "smtp"),
        ("PORTEVOIX_DIGEST_HOUR", "eight"),
        ("PORTEVOIX_DIGEST_HOUR", "25"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_at_once(tmp_path, name, value):
    assert "ValueError" in shown(tmp_path, **{name: value})
