"""DTLS ClientHellos octet by octet, and what a server says to them: RFC 6347, RFC 5246.

    record     type (1) | version (2) | epoch (2) | sequence (6) | length (2) | fragment
    handshake  type (1) | length (3) | message_seq (2) | offset (3) | length (3) | body
"""

import os
import socket
import struct

DTLS_1_2, DTLS_1_0, SSL_3 = 0xFEFD, 0xFEFF, 0x0300
ALERT, HANDSHAKE = 21, 22
CLIENT_HELLO, SERVER_HELLO, HELLO_VERIFY_REQUEST, CERTIFICATE = 1, 2, 3, 11

HANDSHAKE_FAILURE, PROTOCOL_VERSION = 40, 70

EXTENDED_MASTER_SECRET, SESSION_TICKET, RENEGOTIATION_INFO = 23, 35, 0xFF01
# What a suite with ECDHE and ECDSA needs besides its code: P-256, P-384, X25519; points not
# compressed; ECDSA with SHA-256 and SHA-384, Ed25519.
CURVES = (10, bytes.fromhex("000600170018001d"))
POINTS = (11, bytes.fromhex("0100"))
SIGNATURES = (13, bytes.fromhex("0006040305030807"))
USUAL = (CURVES, POINTS, SIGNATURES, (EXTENDED_MASTER_SECRET, b""), (RENEGOTIATION_INFO, b"\0"))


def vector(octets, size):
    return len(octets).to_bytes(size, "big") + octets


def client_hello(suites, cookie=b"", version=DTLS_1_2, extensions=USUAL, compression=b"\0",
                 random=None, session=b"", record_version=DTLS_1_0):
    """The datagram of a hello; of message_seq and record sequence 1 with a cookie."""
    body = struct.pack("!H", version) + (random or os.urandom(32)) + vector(session, 1)
    body += vector(cookie, 1) + vector(b"".join(struct.pack("!H", s) for s in suites), 2)
    body += vector(compression, 1)
    if extensions is not None:
        body += vector(b"".join(struct.pack("!H", kind) + vector(value, 2)
                                for kind, value in extensions), 2)
    sequence = 1 if cookie else 0
    length = len(body).to_bytes(3, "big")
    message = bytes([CLIENT_HELLO]) + length + struct.pack("!H", sequence) + bytes(3) + length
    return (bytes([HANDSHAKE]) + struct.pack("!HHHI", record_version, 0, 0, sequence)
            + vector(message + body, 2))


def records(datagram):
    """(type, version, epoch, fragment) of each."""
    while datagram:
        kind, version, epoch = struct.unpack("!BHH", datagram[:5])
        size = int.from_bytes(datagram[11:13], "big")
        assert len(datagram) >= 13 + size, "a record is cut off"
        yield kind, version, epoch, datagram[13:13 + size]
        datagram = datagram[13 + size:]


def cookie_of(datagram):
    """The cookie of a HelloVerifyRequest that is alone in its datagram; none otherwise."""
    found = list(records(datagram))
    if len(found) != 1 or found[0][0] != HANDSHAKE or found[0][3][0] != HELLO_VERIFY_REQUEST:
        return None
    body = found[0][3][12:]
    assert len(body) == 3 + body[2], "a HelloVerifyRequest of another length"
    return body[3:]


class ServerHello:
    def __init__(self, body):
        self.version = int.from_bytes(body[:2], "big")
        at = 34
        self.session = body[at + 1:at + 1 + body[at]]
        at += 1 + body[at]
        self.suite = int.from_bytes(body[at:at + 2], "big")
        self.compression = body[at + 2]
        self.extensions = {}
        at += 5
        while at < len(body):
            kind, size = struct.unpack("!HH", body[at:at + 4])
            self.extensions[kind] = body[at + 4:at + 4 + size]
            at += 4 + size


class Prober:
    """A peer with a port of its own that says hello to the daemon."""

    def __init__(self, port, address="127.0.0.1"):
        self.server = ("127.0.0.1", port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.settimeout(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, datagram):
        self.socket.sendto(datagram, self.server)

    def receive(self, timeout=5.0):
        self.socket.settimeout(timeout)
        return self.socket.recv(65536)

    def answer(self, suites, **named):
        """Plays the cookie exchange: a ServerHello, or the number of a fatal alert. The hello and
        the answer are kept for those who look closer."""
        random = os.urandom(32)
        self.first = client_hello(suites, random=random, **named)
        self.send(self.first)
        self.challenge = self.receive()
        cookie = cookie_of(self.challenge)
        if cookie is not None:
            self.send(client_hello(suites, cookie=cookie, random=random, **named))
            self.flight = self.receive()
        else:
            self.flight = self.challenge
        kind, _, _, fragment = next(records(self.flight))
        if kind == ALERT:
            assert fragment[0] == 2, f"an alert that is not fatal: {fragment.hex()}"
            return fragment[1]
        assert kind == HANDSHAKE and fragment[0] == SERVER_HELLO, self.flight.hex()
        return ServerHello(fragment[12:])
