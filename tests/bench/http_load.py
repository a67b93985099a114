"""Requests to the daemon's API over many keep-alive connections, paced, from a process of their
own."""

import collections
import heapq
import json
import multiprocessing
import selectors
import socket
import time


def request(method, path, body):
    octets = json.dumps(body).encode()
    return (f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(octets)}\r\n\r\n").encode() + octets


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.buffer = b""
        self.job = None
        self.sent = 0.0

    def send(self, job, octets):
        self.job = job
        self.sent = time.monotonic()
        self.socket.setblocking(True)
        self.socket.sendall(octets)
        self.socket.setblocking(False)

    def receive(self):
        """Status and body once they are whole; None before that."""
        octets = self.socket.recv(65536)
        if not octets:
            raise ConnectionError("the daemon closed a connection")
        self.buffer += octets
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return None
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(rest) < length:
            return None
        self.buffer = rest[length:]
        return int(head.split()[1]), rest[:length]


def play(port, jobs, seconds, connections):
    """Sends jobs (method, path, body) evenly over the seconds; 503 is tried again after a pause.
    Returns what was answered: {"sessions": {index: id}, "statuses", "latencies", "behind"}."""
    selector = selectors.DefaultSelector()
    # In turn: one that is never used is closed by the daemon (http.idleTimeout).
    idle = collections.deque()
    for _ in range(connections):
        connection = Connection(port)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        idle.append(connection)
    begun = time.monotonic()
    due = [(begun + seconds * index / len(jobs), index) for index in range(len(jobs))]
    heapq.heapify(due)
    octets = [request(*job) for job in jobs]
    told = {"sessions": {}, "statuses": {}, "latencies": [], "behind": 0.0, "refusals": []}
    left = len(jobs)
    deadline = begun + seconds * 4 + 120
    while left:
        now = time.monotonic()
        if now > deadline:
            told["refusals"].append(f"{left} requests were not answered in time")
            break
        while due and idle and due[0][0] <= now:
            when, index = heapq.heappop(due)
            told["behind"] = max(told["behind"], now - when)
            idle.popleft().send(index, octets[index])
        wait = min(1.0, max(0.0, due[0][0] - now)) if due and idle else 1.0
        for key, _ in selector.select(wait):
            connection = key.data
            answer = connection.receive()
            if answer is None:
                continue
            status, body = answer
            now = time.monotonic()
            told["statuses"][status] = told["statuses"].get(status, 0) + 1
            told["latencies"].append(now - connection.sent)
            index, connection.job = connection.job, None
            idle.append(connection)
            if status == 503:
                heapq.heappush(due, (now + 1, index))
                continue
            left -= 1
            if status == 202:
                told["sessions"][index] = json.loads(body)["id"]
            elif len(told["refusals"]) < 10:
                told["refusals"].append(f"{status}: {body[:300]!r}")
    told["took"] = time.monotonic() - begun
    return told


def _play(pipe, *arguments):
    pipe.send(play(*arguments))
    pipe.close()


class Player:
    """play() in another process: what this one does costs it nothing."""

    def __init__(self, port, jobs, seconds, connections):
        context = multiprocessing.get_context("fork")
        self._pipe, theirs = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_play, args=(theirs, port, jobs, seconds, connections), daemon=True)
        self._process.start()
        theirs.close()

    def result(self, timeout):
        if not self._pipe.poll(timeout):
            self._process.kill()
            raise AssertionError("the requests were not all answered in time")
        told = self._pipe.recv()
        self._process.join()
        return told


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
