#!/usr/bin/env python3
"""Says hello to the daemon in one datagram, which is not sent again, and prints what came back."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
from hello import Prober, client_hello, cookie_of

with Prober(5684) as prober:
    prober.send(client_hello([0xC0A8]))
    answer = prober.receive(timeout=50)
    print("HelloVerifyRequest" if cookie_of(answer) else answer.hex())
