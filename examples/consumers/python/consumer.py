"""A minimal consumer of Gupshup's version 2 webhooks. GET /state shows the statuses of messages."""

import json
import os
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

# The order of a message's statuses: it never goes back, though webhooks can come late.
PROGRESS = ["enqueued", "sent", "failed", "delivered", "read", "deleted"]
MAX_BODY = 1 << 20

lock = Lock()
counts = {"received": 0, "duplicates": 0}
seen = set()  # ID and status: a real consumer stores them in its database
statuses = {}  # by the ID of the API's response


def receive(event):
    counts["received"] += 1
    event = mapping(event)
    payload = mapping(event.get("payload"))
    id = text(payload.get("gsId")) or text(payload.get("id"))
    status = text(payload.get("type"))
    if event.get("type") != "message-event" or not id or status not in PROGRESS:
        return  # an event that this consumer doesn't need
    if (id, status) in seen:
        counts["duplicates"] += 1
    seen.add((id, status))
    if id not in statuses or PROGRESS.index(status) > PROGRESS.index(statuses[id]):
        statuses[id] = status


def text(value):
    return value if isinstance(value, str) else ""


def mapping(value):
    return value if isinstance(value, dict) else {}


class Consumer(BaseHTTPRequestHandler):
    protocol_version, timeout = "HTTP/1.1", 10

    def do_POST(self):
        try:
            size = int(self.headers.get("Content-Length", ""))
            if not 0 <= size <= MAX_BODY:
                raise ValueError("the body is too large")
            event = json.loads(self.rfile.read(size).decode("utf-8"), parse_constant=int)  # NaN isn't JSON
        except (ValueError, RecursionError):
            self.close_connection = True  # the body may be unread
            return self.respond(400, b"the body is not JSON\n")
        with lock:
            receive(event)  # fast; do slow work after the response, which is 200 and empty
        self.respond(200)

    def do_GET(self):
        if self.path != "/state":
            return self.respond(405)
        with lock:
            state = counts | {"by_status": Counter(statuses.values())}
        self.respond(200, json.dumps(state).encode() + b"\n")

    def respond(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass  # no log: /state shows everything


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT") or 3000)), Consumer)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
with suppress(KeyboardInterrupt):
    server.serve_forever()
