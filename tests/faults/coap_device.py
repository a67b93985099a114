"""A LwM2M device without security, in pure Python: as much of RFC 7252 as a bootstrap takes.

It answers Discover, Delete, Write and Finish at once and well, asks by POST /bs, retransmits and
recognises repetitions. Its answers depend on the request alone, so that it needs no memory of an
exchange: a repeated request is answered as the first one was.

    0                   1                   2                   3
    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
   |Ver| T |  TKL  |      Code     |          Message ID           |   RFC 7252 3
   |   Token ... | Options ... | 1 1 1 1 1 1 1 1 | Payload ...
"""

import itertools
import os
import random
import selectors
import socket
import threading
import time

CONFIRMABLE, NON_CONFIRMABLE, ACKNOWLEDGEMENT, RESET = range(4)
GET, POST, PUT, DELETE = 0x01, 0x02, 0x03, 0x04
CREATED, DELETED, CHANGED, CONTENT = 0x41, 0x42, 0x44, 0x45
METHOD_NOT_ALLOWED = 0x85
URI_PATH, CONTENT_FORMAT, URI_QUERY, ACCEPT = 11, 12, 15, 17
LINK_FORMAT = 40
DISCOVERED = b'</>;lwm2m=1.1,</0/0>,</3/0>'


class Message:
    __slots__ = ("type", "code", "id", "token", "options", "payload")

    def __init__(self, type, code, id, token=b"", options=(), payload=b""):
        self.type = type
        self.code = code
        self.id = id
        self.token = token
        self.options = options  # (number, octets), in ascending order
        self.payload = payload

    def path(self):
        return b"/" + b"/".join(value for number, value in self.options if number == URI_PATH)

    def is_request(self):
        return 0 < self.code < 0x20

    def encode(self):
        octets = bytearray((0x40 | self.type << 4 | len(self.token), self.code))
        octets += self.id.to_bytes(2, "big") + self.token
        last = 0
        for number, value in self.options:
            delta, delta_more = nibble(number - last)
            length, length_more = nibble(len(value))
            octets.append(delta << 4 | length)
            octets += delta_more + length_more + value
            last = number
        if self.payload:
            octets += b"\xff" + self.payload
        return bytes(octets)


def nibble(number):
    """RFC 7252 3.1: up to 12 as it is, 13 and an octet, 14 and two."""
    if number < 13:
        return number, b""
    if number < 269:
        return 13, bytes((number - 13,))
    return 14, (number - 269).to_bytes(2, "big")


def decode(octets):
    """The message; None when the octets are none."""
    if len(octets) < 4 or octets[0] >> 6 != 1 or octets[0] & 15 > 8:
        return None
    at = 4 + (octets[0] & 15)
    if at > len(octets):
        return None
    token, options, number = octets[4:at], [], 0
    while at < len(octets) and octets[at] != 0xFF:
        fields = [octets[at] >> 4, octets[at] & 15]
        at += 1
        for index, field in enumerate(fields):
            size = {13: 1, 14: 2}.get(field, 0)
            if field == 15 or at + size > len(octets):
                return None
            if size:
                fields[index] = int.from_bytes(octets[at:at + size], "big") + (13, 269)[size - 1]
                at += size
        number += fields[0]
        if at + fields[1] > len(octets):
            return None
        options.append((number, octets[at:at + fields[1]]))
        at += fields[1]
    return Message(octets[0] >> 4 & 3, octets[1], int.from_bytes(octets[2:4], "big"), token,
                   options, octets[at + 1:])


def answer_to(request):
    """What a device answers to an operation, and whether that was the Finish."""
    is_finish = request.code == POST and request.path() == b"/bs"
    options, payload = (), b""
    if request.code == GET:
        code, options, payload = CONTENT, ((CONTENT_FORMAT, bytes((LINK_FORMAT,))),), DISCOVERED
    elif request.code == DELETE:
        code = DELETED
    elif request.code == PUT or is_finish:
        code = CHANGED
    else:
        code = METHOD_NOT_ALLOWED
    kind = ACKNOWLEDGEMENT if request.type == CONFIRMABLE else NON_CONFIRMABLE
    return Message(kind, code, request.id, request.token, options, payload), is_finish


class Device:
    """One device at a UDP port of its own. With `server` it asks, again and again when `pause` is
    given; without one it waits until somebody bootstraps it. Times are monotonic seconds."""

    ACK_TIMEOUT = 0.5
    MAX_RETRANSMIT = 4
    PATIENCE = 20  # without any operation, when it begins anew

    def __init__(self, endpoint, server=None, pause=None, address="127.0.0.1"):
        self.endpoint = endpoint
        self.server = server
        self.pause = pause
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((address, 0))
        self.port = self.socket.getsockname()[1]
        self.counts = {"asked": 0, "accepted": 0, "refused": 0, "finished": 0, "gave_up": 0}
        self.times = []  # from its request to its Finish, seconds
        self._ids = itertools.count(random.randrange(0x10000))
        self._request = None   # octets that wait for an answer, with what tells that one
        self._asked = 0.0
        self._repeat_at = float("inf")
        self._repeats = 0
        self._next_at = 0.0 if server else float("inf")  # of the next request
        self._quiet_at = float("inf")
        self._finished_ids = set()

    def deadline(self):
        return min(self._repeat_at, self._next_at, self._quiet_at)

    def on_time(self, now):
        if now >= self._next_at:
            self._ask(now)
        elif now >= self._repeat_at:
            if self._repeats == self.MAX_RETRANSMIT:
                self.counts["gave_up"] += 1
                self._rest(now)
            else:
                self._repeats += 1
                self._repeat_at = now + self.ACK_TIMEOUT * 2 ** self._repeats
                self._send(self._request.encode(), self.server)
        elif now >= self._quiet_at:
            self.counts["gave_up"] += 1
            self._rest(now)

    def on_datagram(self, now):
        try:
            octets, remote = self.socket.recvfrom(2048)
        except (BlockingIOError, ConnectionError):  # ICMP: nobody is there just now
            return
        message = decode(octets)
        if message is None:
            return
        if message.is_request():
            self._serve(message, remote, now)
        elif message.type == RESET:
            if self._request and message.id == self._request.id:
                self._rest(now)
        elif message.code == 0:
            if self._request and message.id == self._request.id:
                self._repeat_at = float("inf")  # the answer comes separately
                self._quiet_at = now + self.PATIENCE
        else:
            self._on_answer(message, remote, now)

    def _ask(self, now):
        self.counts["asked"] += 1
        query = b"ep=" + self.endpoint.encode()
        self._request = Message(CONFIRMABLE, POST, next(self._ids) % 0x10000, os.urandom(4),
                                ((URI_PATH, b"bs"), (URI_QUERY, query)))
        self._asked = now
        self._repeats = 0
        self._repeat_at = now + self.ACK_TIMEOUT
        self._next_at = self._quiet_at = float("inf")
        self._send(self._request.encode(), self.server)

    def _on_answer(self, message, remote, now):
        if message.type == CONFIRMABLE:
            self._send(Message(ACKNOWLEDGEMENT, 0, message.id).encode(), remote)
        if not self._request or message.token != self._request.token:
            return
        self._request = None
        self._repeat_at = float("inf")
        if message.code == CHANGED:
            self.counts["accepted"] += 1
            self._quiet_at = now + self.PATIENCE
        else:
            self.counts["refused"] += 1
            self._rest(now)

    def _serve(self, message, remote, now):
        answer, is_finish = answer_to(message)
        self._send(answer.encode(), remote)
        if not is_finish:
            if self._quiet_at != float("inf"):
                self._quiet_at = now + self.PATIENCE
            return
        exchange = (remote, message.id, message.token)
        if exchange in self._finished_ids:  # the same Finish, its answer was lost
            return
        self._finished_ids.add(exchange)
        self.counts["finished"] += 1
        if self.server:
            self.times.append(now - self._asked)
            self._rest(now)

    def _rest(self, now):
        self._request = None
        self._repeat_at = self._quiet_at = float("inf")
        self._next_at = now + self.pause if self.server and self.pause is not None else float("inf")

    def _send(self, octets, remote):
        try:
            self.socket.sendto(octets, remote)
        except OSError:  # nobody is there, or the buffer is full: as if it were lost
            pass

    def stop_asking(self):
        self.pause = None
        self._next_at = float("inf")

    def close(self):
        self.socket.close()


class Fleet:
    """Devices, all of them on one thread."""

    def __init__(self, devices):
        self.devices = devices
        self._selector = selectors.DefaultSelector()
        for device in devices:
            self._selector.register(device.socket, selectors.EVENT_READ, device)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stopping.is_set():
            now = time.monotonic()
            due = min((device.deadline() for device in self.devices), default=now + 1)
            for key, _ in self._selector.select(max(0.0, min(due - now, 0.2))):
                key.data.on_datagram(time.monotonic())
            now = time.monotonic()
            for device in self.devices:
                if device.deadline() <= now:
                    device.on_time(now)

    def count(self, what):
        return sum(device.counts[what] for device in self.devices)

    def stop(self):
        self._stopping.set()
        self._thread.join(timeout=10)
        for device in self.devices:
            device.close()
