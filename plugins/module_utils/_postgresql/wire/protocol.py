# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A login to PostgreSQL spoken by hand, up to the point where a query could be sent.

libpq gives a failed login as one text in the server's language. What decides here are the
fields of the protocol's messages: the SQLSTATE and the server's routine, which no setting
translates; and OpenSSL's number for what it does not trust.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import socket
import ssl
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.url import Endpoint
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.wire import scram

PROTOCOL = 196608
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
# Requests for authentication by their numbers in the protocol: those that a password answers.
OK, CLEARTEXT, MD5, SASL, SASL_CONTINUE, SASL_FINAL = 0, 3, 5, 10, 11, 12
METHODS = {2: "kerberos", 6: "scm", 7: "gss", 8: "gss", 9: "sspi"}
MAX_MESSAGE = 1 << 20
CA_FILE = "~/.postgresql/root.crt"
# Of libpq, as url.Target has them.
Parameters = Mapping[str, str]
# What login() returns.
Attempt = dict[str, Any]


class _Stop(Exception):
    """The client gives up; kind says why, in one word."""

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(message)
        self.kind = kind


def login(
    parameters: Parameters,
    endpoint: Endpoint,
    address: str,
    timeout: float,
    tls: bool | str,
    verify: bool = True,
    credentials: bool = True,
) -> Attempt:
    """Try to log in at one address; returns what came of it, as a dict that JSON can hold.

    stage: how far it came: connect, tls, startup, auth, session or ready. error: the fields of
    the server's ErrorResponse (sqlstate, routine, message), or None. failure: why the client
    gave up (timeout, closed, not_postgresql, tls_refused, tls_untrusted, tls_failed,
    no_password, method, scram, or the name of an errno), or "". tls: protocol and verify_code
    (OpenSSL's X509_V_ERR, 0 where it trusts). client_address: this side's. method: what the
    server asked for. status: the server's parameters.

    tls: whether to ask for encryption; "prefer" goes on without it. Without credentials, it
    stops where the server asks for the first.
    """
    attempt: Attempt = {
        "host": endpoint.host, "address": address, "port": endpoint.port, "stage": "connect",
        "client_address": "",
        "error": None, "failure": "", "detail": "", "method": "", "status": {},
        "tls": {"used": False, "offered": None, "protocol": "", "verify_code": 0},
    }  # fmt: skip
    deadline = time.monotonic() + timeout
    try:
        with contextlib.closing(_connect(endpoint, address, deadline)) as plain:
            stream = _Stream(plain, deadline)
            if not endpoint.host.startswith("/"):
                attempt["client_address"] = plain.getsockname()[0]
            if tls and not endpoint.host.startswith("/"):
                _encrypt(stream, parameters, endpoint, attempt, tls, verify)
            _start(stream, parameters, attempt)
            secret = (lambda: password(parameters, endpoint)) if credentials else None
            _authenticate(stream, _Answer(parameters.get("user", ""), secret, attempt), attempt)
    except _Stop as exc:
        attempt["failure"], attempt["detail"] = exc.kind, str(exc)
    except socket.timeout:
        attempt["failure"] = "timeout"
    except OSError as exc:
        # Not every OSError has a number.
        codes: Mapping[Any, str] = errno.errorcode
        name = codes.get(exc.errno, "closed")
        attempt["failure"], attempt["detail"] = name, exc.strerror or str(exc)
    return attempt


def certificate(
    endpoint: Endpoint, address: str, parameters: Parameters, timeout: float
) -> bytes | None:
    """The certificate (DER) that a server shows to whoever asks; raises OSError."""
    deadline = time.monotonic() + timeout
    with contextlib.closing(_connect(endpoint, address, deadline)) as plain:
        stream = _Stream(plain, deadline)
        try:
            _encrypt(stream, parameters, endpoint, {"tls": {}}, tls=True, verify=False)
        except _Stop as exc:
            raise OSError(str(exc)) from exc
        found: bytes | None = stream.socket.getpeercert(binary_form=True)
        return found


def root_certificate(parameters: Parameters) -> str | None:
    """The file of trusted authorities that libpq would use; None where it is not there."""
    path = parameters.get("sslrootcert") or os.path.expanduser(CA_FILE)
    return path if path == "system" or os.path.isfile(path) else None


def verification(parameters: Parameters) -> str:
    """What libpq verifies: "", "ca" or "full"; a file of authorities makes require verify."""
    mode = parameters.get("sslmode", "prefer")
    if mode == "verify-full" or parameters.get("sslrootcert") == "system":
        return "full"
    if mode == "verify-ca" or (mode == "require" and root_certificate(parameters)):
        return "ca"
    return ""


def password(parameters: Parameters, endpoint: Endpoint) -> str:
    """The password that libpq would use: the URL's, PGPASSWORD, or the password file's."""
    return parameters.get("password") or os.environ.get("PGPASSWORD") or _kept(parameters, endpoint)


def _kept(parameters: Parameters, endpoint: Endpoint) -> str:
    path = parameters.get("passfile") or os.environ.get("PGPASSFILE") or "~/.pgpass"
    user = parameters.get("user", "")
    wanted = [endpoint.host, str(endpoint.port), parameters.get("dbname") or user, user]
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as stream:
            # libpq passes over a file that others may read.
            lines = [] if os.fstat(stream.fileno()).st_mode & 0o077 else stream.read().splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    for line in lines:
        fields = line.replace("\\\\", "\1").replace("\\:", "\0").split(":")
        fields = [f.replace("\0", ":").replace("\1", "\\") for f in fields]
        if len(fields) >= 5 and all(f in ("*", w) for f, w in zip(fields, wanted)):
            return fields[4]
    return ""


def _connect(endpoint: Endpoint, address: str, deadline: float) -> socket.socket:
    target: str | tuple[str, int]
    if endpoint.host.startswith("/"):
        stream = socket.socket(socket.AF_UNIX)
        target = f"{endpoint.host}/.s.PGSQL.{endpoint.port}"
    else:
        stream = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        target = (address, endpoint.port)
    stream.settimeout(max(0.01, deadline - time.monotonic()))
    try:
        stream.connect(target)
    except BaseException:
        stream.close()
        raise
    return stream


class _Stream:
    """Messages of the protocol over a socket, all of them before one deadline."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        # An ssl.SSLSocket around it, once it is encrypted.
        self.socket: Any = connected
        self._deadline = deadline

    def send(self, data: bytes) -> None:
        self._limit()
        self.socket.sendall(data)

    def receive(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            self._limit()
            part = self.socket.recv(count - len(data))
            if not part:
                raise _Stop("closed", "the server closed the connection without a message")
            data += part
        return data

    def message(self) -> tuple[bytes, bytes]:
        """(type, content) of the server's next message."""
        kind = self.receive(1)
        if kind not in b"ERSKZNvA":
            raise _Stop("not_postgresql", "what answers does not speak PostgreSQL's protocol")
        (length,) = struct.unpack("!i", self.receive(4))
        if not 4 <= length <= MAX_MESSAGE:
            raise _Stop("not_postgresql", "what answers does not speak PostgreSQL's protocol")
        return kind, self.receive(length - 4)

    def _limit(self) -> None:
        self.socket.settimeout(max(0.01, self._deadline - time.monotonic()))


def _encrypt(
    stream: _Stream,
    parameters: Parameters,
    endpoint: Endpoint,
    attempt: Attempt,
    tls: bool | str,
    verify: bool,
) -> None:
    attempt["stage"] = "tls"
    direct = parameters.get("sslnegotiation") == "direct"
    if not direct:
        stream.send(SSL_REQUEST)
        answer = stream.receive(1)
        attempt["tls"]["offered"] = {b"S": True, b"N": False}.get(answer)
        if answer == b"N" and tls == "prefer":
            return
        if answer == b"N":
            raise _Stop("tls_refused", "the server does not offer TLS")
        if answer != b"S":
            raise _Stop("not_postgresql", "what answers does not speak PostgreSQL's protocol")
    try:
        context, name = _context(parameters, endpoint, verify), endpoint.host
        if direct:
            context.set_alpn_protocols(["postgresql"])
        stream.socket = context.wrap_socket(stream.socket, server_hostname=name)
    except ssl.SSLCertVerificationError as exc:
        attempt["tls"]["verify_code"] = exc.verify_code
        raise _Stop("tls_untrusted", exc.verify_message) from None
    except ssl.SSLError as exc:
        raise _Stop("tls_failed", exc.reason or str(exc)) from None
    attempt["tls"].update(used=True, protocol=stream.socket.version())


def _context(parameters: Parameters, endpoint: Endpoint, verify: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for name in ("minimum", "maximum"):
        wanted = parameters.get(f"ssl_{name[:3]}_protocol_version")
        if wanted:
            setattr(context, f"{name}_version", ssl.TLSVersion[wanted.replace(".", "_")])
    level = verification(parameters) if verify else ""
    if level:
        authorities = root_certificate(parameters)
        if authorities is None:
            named = parameters.get("sslrootcert") or CA_FILE
            raise _Stop("no_root_certificate", f"there is no file {named} of trusted authorities")
        context.verify_mode = ssl.CERT_REQUIRED
        context.check_hostname = level == "full"
        if authorities == "system":
            context.set_default_verify_paths()
        else:
            _load(context.load_verify_locations, authorities)
    own = os.path.expanduser(parameters.get("sslcert") or "~/.postgresql/postgresql.crt")
    key = os.path.expanduser(parameters.get("sslkey") or "~/.postgresql/postgresql.key")
    if os.path.isfile(own):
        secret = parameters.get("sslpassword", "")
        _load(lambda path: context.load_cert_chain(path, key, lambda: secret), own)
    return context


def _load(load: Callable[[str], object], path: str) -> None:
    try:
        load(path)
    except (OSError, ssl.SSLError) as exc:
        raise _Stop("certificate_file", f"{path}: {exc.strerror or exc}") from None


def _start(stream: _Stream, parameters: Parameters, attempt: Attempt) -> None:
    attempt["stage"] = "startup"
    user = parameters.get("user") or ""
    pairs = {
        "user": user,
        "database": parameters.get("dbname") or user,
        "application_name": "flaskops.stack",
        "client_encoding": "UTF8",
    }
    if parameters.get("options"):
        pairs["options"] = parameters["options"]
    body = b"".join(f"{key}\0{value}\0".encode() for key, value in pairs.items()) + b"\0"
    stream.send(struct.pack("!ii", len(body) + 8, PROTOCOL) + body)


def _authenticate(stream: _Stream, answer: _Answer, attempt: Attempt) -> None:
    """Answer the server's requests until it is ready for a query, or says why it is not."""
    while attempt["stage"] != "ready":
        kind, content = stream.message()
        if kind == b"E":
            attempt["error"] = _error(content)
            return
        if kind == b"S":
            name, value = content.split(b"\0")[:2]
            attempt["status"][name.decode()] = value.decode("utf-8", "replace")
        elif kind == b"Z":
            attempt["stage"] = "ready"
        elif kind == b"R":
            response = answer.to(struct.unpack("!i", content[:4])[0], content[4:])
            if response is not None:
                stream.send(b"p" + struct.pack("!i", len(response) + 4) + response)


class _Answer:
    """The client's answers to the server's requests for authentication.

    secret: the function that returns the password; None to stop where one is asked for.
    """

    def __init__(self, user: str, secret: Callable[[], str] | None, attempt: Attempt) -> None:
        self._user = user
        self._secret = secret
        self._attempt = attempt
        # From the server's request for SASL on, which is the first.
        self._scram: scram.Scram = None  # type: ignore[assignment]

    def to(self, request: int, content: bytes) -> bytes | None:
        """The answer to one request; None where it needs none."""
        attempt = self._attempt
        if request == OK:
            attempt["method"] = attempt["method"] or "none"
            attempt["stage"] = "session"
            return None
        attempt["stage"] = "auth"
        if request == CLEARTEXT:
            attempt["method"] = "password"
            return self._password().encode() + b"\0"
        if request == MD5:
            attempt["method"] = "md5"
            return self._md5_answer(content)
        if request == SASL:
            return self._sasl(content)
        try:
            if request == SASL_CONTINUE:
                return self._scram.final(content.decode()).encode()
            if request == SASL_FINAL:
                self._scram.verify(content.decode())
                return None
        except scram.ScramError as exc:
            raise _Stop("scram", str(exc)) from None
        attempt["method"] = METHODS.get(request, str(request))
        raise _Stop("method", f"the server asks for {attempt['method']}, which is no password")

    def _password(self) -> str:
        if self._secret is None:
            raise _Stop("asked")
        found = self._secret()
        if not found:
            raise _Stop("no_password", "the server asks for a password, and there is none")
        return found

    def _md5_answer(self, salt: bytes) -> bytes:
        inner = _md5((self._password() + self._user).encode())
        return b"md5" + _md5(inner.encode() + salt).encode() + b"\0"

    def _sasl(self, content: bytes) -> bytes:
        mechanisms = [m.decode() for m in content.split(b"\0") if m]
        self._attempt["method"] = "scram-sha-256"
        if scram.MECHANISM not in mechanisms:
            self._attempt["method"] = ", ".join(mechanisms)
            raise _Stop("method", f"the server asks for {self._attempt['method']}")
        self._scram = scram.Scram(self._password())
        first = self._scram.first().encode()
        return scram.MECHANISM.encode() + b"\0" + struct.pack("!i", len(first)) + first


def _md5(data: bytes) -> str:
    """The digest of the authentication method md5, as text."""
    return hashlib.md5(data).hexdigest()  # noqa: S324


def _error(content: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse; PgBouncer's have no routine."""
    fields = {}
    for part in content.split(b"\0"):
        if part:
            fields[chr(part[0])] = part[1:].decode("utf-8", "replace")
    return {
        "sqlstate": fields.get("C", ""),
        "routine": fields.get("R", ""),
        "message": fields.get("M", ""),
    }
