"""As much of Stripe's API as the shop uses, on loopback: what its own documentation says of PaymentIntents.

It keeps every request as it came, remembers idempotency keys, and can be told to be out of order.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

SECRET = "whsec_shop"
DECLINED, GOOD, UNKNOWN = "pm_card_chargeDeclined", "pm_card_visa", "pm_never_heard_of"

SMALLEST = 50
"""Cents: less is not worth Stripe's while."""


@dataclass
class Stripe:
    """The accounts of the server: its intents, refunds and requests."""

    address: str = ""
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    answered: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    refunds_are: str = "succeeded"
    out_of_order: str = ""
    """Part of the addresses at which nothing works."""
    deaf_to: str = ""
    """Part of the addresses at which everything works, and the answer is lost."""

    def answer(self, method: str, path: str, form: dict[str, str], headers: dict[str, str]) -> tuple[int, Any]:
        self.requests.append((method, path, form, headers))
        if self.out_of_order and self.out_of_order in path:
            return 500, _error("api_error", "out of order")
        if headers.get("authorization") != "Bearer sk_test_shop":
            return 401, _error("invalid_request_error", "Invalid API Key provided")
        key = headers.get("idempotency-key", "")
        if method == "GET" or key not in self.answered:
            told = self._carried_out(method, path.partition("?")[0].split("/")[2:], form)
            # What is answered again is what was answered then.
            self.answered[key] = (told[0], json.loads(json.dumps(told[1])))
        lost = self.deaf_to and self.deaf_to in path
        return (500, _error("api_error", "lost")) if lost else self.answered[key]

    def _carried_out(self, method: str, path: list[str], form: dict[str, str]) -> tuple[int, Any]:
        if path[0] == "refunds" and len(path) == 2:
            return self._told_refund(path[1])
        if path == ["refunds"]:
            return self._listed() if method == "GET" else self._pay_back(form)
        if len(path) == 1 and int(form["amount"]) < SMALLEST:
            return 400, _error("invalid_request_error", "Amount must be at least $0.50 usd", code="amount_too_small")
        if len(path) == 1:
            return 200, self._create(form)
        intent = self.intents.get(path[1])
        if intent is None:
            return 404, _error("invalid_request_error", "No such payment_intent")
        return (200, intent) if method == "GET" else getattr(self, f"_{path[2]}")(intent, form)

    def _pay_back(self, form: dict[str, str]) -> tuple[int, Any]:
        self.refunds.append(form)
        return 200, self._refund(len(self.refunds), form)

    def _listed(self) -> tuple[int, Any]:
        found = [self._refund(place, form) for place, form in enumerate(self.refunds, start=1)]
        return 200, {"object": "list", "data": found, "has_more": False, "url": "/v1/refunds"}

    def _told_refund(self, refund_id: str) -> tuple[int, Any]:
        place = int(refund_id.removeprefix("re_") or 0)
        if not 0 < place <= len(self.refunds):
            return 404, _error("invalid_request_error", "No such refund", code="resource_missing")
        return 200, self._refund(place, self.refunds[place - 1])

    def _refund(self, place: int, form: dict[str, str]) -> dict[str, Any]:
        metadata = {"refund_key": form["metadata[refund_key]"]}
        return {"id": f"re_{place}", "object": "refund", "status": self.refunds_are, "metadata": metadata}

    def _create(self, form: dict[str, str]) -> dict[str, Any]:
        intent = {
            "id": f"pi_{len(self.intents) + 1}",
            "object": "payment_intent",
            "status": "requires_payment_method",
            "last_payment_error": None,
            "latest_charge": None,
            "amount": int(form["amount"]),
            "metadata": {"payment_key": form["metadata[payment_key]"]},
        }
        self.intents[str(intent["id"])] = intent
        return intent

    def _confirm(self, intent: dict[str, Any], form: dict[str, str]) -> tuple[int, Any]:
        if intent["status"] != "requires_payment_method":
            return 400, _error("invalid_request_error", "unexpected state", code="payment_intent_unexpected_state")
        if form["payment_method"] == UNKNOWN:
            return 400, _error("invalid_request_error", "No such PaymentMethod", code="resource_missing")
        if form["payment_method"] == DECLINED:
            intent["last_payment_error"] = {"type": "card_error", "message": "Your card was declined."}
            return 402, _error("card_error", "Your card was declined.", code="card_declined")
        intent["status"] = "requires_capture"
        intent["latest_charge"] = {
            "id": "ch_1",
            "object": "charge",
            "payment_method_details": {"card": {"last4": "4242"}},
        }
        return 200, intent

    def _capture(self, intent: dict[str, Any], _form: dict[str, str]) -> tuple[int, Any]:
        if intent["status"] != "requires_capture":
            return 400, _error("invalid_request_error", "unexpected state", code="payment_intent_unexpected_state")
        intent["status"] = "succeeded"
        return 200, intent

    def _cancel(self, intent: dict[str, Any], _form: dict[str, str]) -> tuple[int, Any]:
        if intent["status"] in ("succeeded", "canceled"):
            return 400, _error("invalid_request_error", "unexpected state", code="payment_intent_unexpected_state")
        intent["status"] = "canceled"
        return 200, intent


def _error(kind: str, message: str, **facts: str) -> dict[str, Any]:
    return {"error": {"type": kind, "message": message, **facts}}


@contextmanager
def serving() -> Iterator[Stripe]:
    """The server, until the block ends."""
    accounts = Stripe()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, told = accounts.answer(self.command, self.path, dict(parse_qsl(body)), headers)
            payload = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_args: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    accounts.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield accounts
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
