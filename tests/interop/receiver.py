"""An HTTP server for the cases: what the daemon sends to webhooks and to LwM2M Servers."""

import hashlib
import hmac
import http.server
import json
import threading
import time


class Receiver:
    """Answers every request with what `respond` makes of it: a status, or a status and a body."""

    def __init__(self, respond):
        outer = self
        self.requests = []  # (method, path, headers, body, status), as they came

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with outer._changed:
                    told = respond(self.command, self.path, self.headers, body)
                    status, answer = told if isinstance(told, tuple) else (told, b"")
                    outer.requests.append((self.command, self.path, self.headers, body, status))
                    outer._changed.notify_all()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):  # the daemon was killed while it sent
                pass

        self._changed = threading.Condition()
        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,),
                                        daemon=True)
        self._thread.start()

    def snapshot(self):
        with self._changed:
            return list(self.requests)

    def wait_until(self, is_reached, what, timeout=30):
        """Waits for a state of `requests`; returns what `is_reached` makes of them."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                reached = is_reached(self.requests)
                if reached:
                    return reached
                left = deadline - time.monotonic()
                assert left > 0, f"{what} did not come; there were {len(self.requests)} requests"
                self._changed.wait(left)

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def check_signature(headers, body, secret):
    """As whoever receives a webhook checks it: HMAC-SHA-256 of timestamp, ".", body."""
    stamp = headers["Lwm2m-Bootstrap-Timestamp"]
    assert abs(int(stamp) - time.time()) < 300, f"the timestamp is {stamp}"
    wanted = "v1=" + hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    told = headers["Lwm2m-Bootstrap-Signature"]
    assert told == wanted, f"the signature is {told}, expected {wanted}"


def message_of(body):
    message = json.loads(body)
    for key in ("id", "type", "time", "data"):
        assert message.get(key) is not None, f'a webhook\'s message has no "{key}": {message}'
    return message
