#!/usr/bin/env python3
"""Thousands of unsecured devices in one process: device number i is at 127.1.0.0 + i, all of them
on one port of one socket, which answers from the address that it was asked at (IP_PKTINFO). A
second socket is as large a crowd that never answers.

Tells {"event": "ready", "port", "silentPort"} and, when it is terminated, {"event": "counts"} as
lines of JSON. Reachable from this machine alone: the sockets are bound to the loopback interface.
"""

import argparse
import ipaddress
import json
import pathlib
import signal
import socket
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "faults"))
import coap_device

IP_PKTINFO = 8  # linux/in.h; not in every socket module
SO_RCVBUFFORCE = 33
FIRST = int(ipaddress.IPv4Address("127.1.0.0"))


def address_of(number):
    return str(ipaddress.IPv4Address(FIRST + number))


def open_socket(port, buffer):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, buffer)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    sock.bind(("0.0.0.0", port))
    return sock


class Ended(Exception):
    pass


def serve(sock, finished, counts):
    room = socket.CMSG_SPACE(12)
    while True:
        octets, control, _, remote = sock.recvmsg(2048, room)
        request = coap_device.decode(octets)
        if request is None or not request.is_request() or not control:
            continue
        answer, is_finish = coap_device.answer_to(request)
        counts["requests"] += 1
        # struct in_pktinfo: interface, the local address, the destination of the header.
        local = control[0][2][8:12]
        if is_finish:
            finished.add(local)
        try:
            sock.sendmsg([answer.encode()],
                         [(socket.IPPROTO_IP, IP_PKTINFO, struct.pack("=i4s4s", 0, local, local))],
                         0, remote)
        except OSError:
            counts["unsent"] += 1


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()

    def end(*_):
        raise Ended
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    counts = {"requests": 0, "unsent": 0}
    finished = set()
    with open_socket(0, 64 << 20) as sock, open_socket(0, 4096) as silent:
        print(json.dumps({"event": "ready", "port": sock.getsockname()[1],
                          "silentPort": silent.getsockname()[1]}), flush=True)
        try:
            serve(sock, finished, counts)
        except Ended:
            pass
    print(json.dumps({"event": "counts", "finished": len(finished), **counts}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
