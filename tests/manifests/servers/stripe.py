"""A pretend api.stripe.com, /v1.

After docs.stripe.com/api: Authentication, Errors, Pagination, Idempotent requests, Expanding responses, Metadata,
Versioning; Customers (create, retrieve, list, delete), Invoices (list).

Documented, but not played: when creating a customer, `source`, `payment_method`, `tax`, `tax_id_data`, `cash_balance`,
`invoice_settings`, `business_name`, `individual_name`, `test_clock` and `validate`; in the lists, `test_clock`,
`subscription`, `due_date`. The documents know no 405: a method that a path does not have gets one here all the same.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse

from . import strict as be
from .pretend import Api, Clock, Refused, Table

KEY = "sk_test_pretend"
BUSY_CUSTOMER = "cus_P000000000001"
"""The customer with many invoices; every second of the others has one."""

EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
TIME = be.digits(0)
CREATED = be.either(TIME, be.fields({"gt": TIME, "gte": TIME, "lt": TIME, "lte": TIME}))
PAGING = {
    "limit": be.digits(1, 100),
    "starting_after": be.text(5000),
    "ending_before": be.text(5000),
    "created": CREATED,
    "expand": be.items(be.text()),
}
CUSTOMERS = {**PAGING, "email": be.text(512)}
INVOICES = {
    **PAGING,
    "customer": be.text(5000),
    "status": be.word("draft", "open", "paid", "uncollectible", "void"),
    "collection_method": be.word("charge_automatically", "send_invoice"),
}
PARTS = ("city", "country", "line1", "line2", "postal_code", "state")
ADDRESS = be.fields({part: be.text(5000) for part in PARTS})
NEW_CUSTOMER = {
    "address": ADDRESS,
    "balance": be.digits(),
    "description": be.text(5000),
    "email": be.text(512),
    "expand": be.items(be.text()),
    "invoice_prefix": be.pattern(r"[A-Z0-9]{3,12}", "3 to 12 uppercase letters or numbers"),
    "metadata": be.mapping(be.text(40), be.text(500), most=50),
    "name": be.text(256),
    "next_invoice_sequence": be.digits(1),
    "phone": be.text(20),
    "preferred_locales": be.items(be.text()),
    "shipping": be.fields({"address": ADDRESS, "name": be.text(), "phone": be.text()}, "address", "name"),
    "tax_exempt": be.word("none", "exempt", "reverse"),
}


class Data:
    """`customers` and `invoices` by id; `deleted` holds the ids of customers that are no longer."""

    def __init__(self):
        self.clock = Clock("2024-10-01T06:00:00Z", step=1800)
        self.customers = Table("id", self.clock, _customer, rows=230)
        self.invoices = Table("id", self.clock, self._invoice, rows=320)
        self.deleted = set()
        self.answers = {}

    def _invoice(self, n, now):
        owner = BUSY_CUSTOMER if n <= 205 else f"cus_P{2 * (n - 205):012}"
        return _invoice_of(self.customers.get(owner) or {"id": owner, "email": None, "name": None}, n, now)


def _customer(n, now):
    person = {"email": f"kunde{n}@example.com", "name": f"Kunde {n}", "phone": None if n % 3 else f"+4930{n:07}"}
    return {
        "id": f"cus_P{n:012}",
        "object": "customer",
        "address": None,
        "balance": -500 if n % 10 == 0 else 0,
        "created": now - now % 3600,  # two at a time in the same second
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None if n % 4 else f"Solar roof {n}",
        **person,
        "invoice_prefix": f"P{n:07}",
        "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None},
        "livemode": False,
        "metadata": {"order_id": f"{n:05}"} if n % 2 else {},
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def _invoice_of(customer, n, now):
    status = ("paid", "open", "draft")[n % 3]
    total = 1000 + 7 * n
    return {
        "id": f"in_P{n:012}",
        "object": "invoice",
        "amount_due": total,
        "amount_paid": total if status == "paid" else 0,
        "amount_remaining": 0 if status == "paid" else total,
        "collection_method": "send_invoice" if n % 2 else "charge_automatically",
        "created": now,
        "currency": "eur",
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "description": None,
        "due_date": now + 14 * 86400 if n % 2 else None,
        "livemode": False,
        "metadata": {},
        "number": None if status == "draft" else f"P{n:07}-0001",
        "period_end": now,
        "period_start": now,
        "status": status,
        "subtotal": total,
        "total": total,
    }


class Stripe(Api):
    data = Data

    def routes(self):
        return [
            ("GET", "/v1/customers", self.list_customers),
            ("POST", "/v1/customers", self.create_customer),
            ("GET", "/v1/customers/{id}", self.get_customer),
            ("DELETE", "/v1/customers/{id}", self.delete_customer),
            ("GET", "/v1/invoices", self.list_invoices),
        ]

    # Who is let in, and the words for no.

    def admit(self, call):
        given = call.bearer if call.basic is None else call.basic.removesuffix(":")
        if not given:
            raise _no(401, "You did not provide an API key. Provide it in the Authorization header.")
        if given != KEY:
            raise _no(401, f"Invalid API Key provided: {given[:8]}{'*' * max(0, len(given) - 8)}")
        version = call.headers.get("stripe-version", "2024-06-20")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d(\.[a-z]+)?", version):
            raise _no(400, f"Invalid Stripe API version: {version}")

    def no_route(self, call):
        return _no(404, f"Unrecognized request URL ({call.method}: {call.path}).")

    def wrong_method(self, call):
        return _no(405, f"Unrecognized request URL ({call.method}: {call.path}).")

    def too_many(self):
        return _no(429, "Too many requests hit the API too quickly.", "rate_limit", retry_after=self.state.retry_after)

    def wrong(self, call, wrong):
        first, *rest = wrong.path or ("",)
        param = str(first) + "".join(f"[{part}]" for part in rest)
        message, code = f"Invalid {param}: {json.dumps(wrong.value)} {wrong.why}", None
        if wrong.kind == "unknown":
            message, code = f"Received unknown parameter: {param}", "parameter_unknown"
        elif wrong.kind == "missing":
            message, code = f"Missing required param: {param}.", "parameter_missing"
        elif "integer" in wrong.why:
            code = "parameter_invalid_integer"
        return _no(400, message, code, param)

    def answer(self, call):
        response = super().answer(call)
        response.headers["request-id"] = f"req_P{len(self.state.log):013}"
        return response

    # The endpoints.

    def list_customers(self, call):
        query = be.read("query", be.fields(CUSTOMERS), nested(call.query))
        _expanded(query, ())
        deleted, email = self.state.data.deleted, query.get("email")

        def asked_for(row):
            return row["id"] not in deleted and email in (None, row["email"])

        return _page(call, self.state.data.customers, query, asked_for)

    def list_invoices(self, call):
        query = be.read("query", be.fields(INVOICES), nested(call.query))
        wanted = {name: query[name] for name in ("customer", "status", "collection_method") if name in query}
        if "customer" in wanted and wanted["customer"] not in self.state.data.customers:
            raise _missing("customer", wanted["customer"], "customer", 400)

        def asked_for(row):
            return all(row[name] == wanted[name] for name in wanted)

        page = _page(call, self.state.data.invoices, query, asked_for)
        if _expanded(query, ("data.customer",)):
            page["data"] = [row | {"customer": self._shown(self._customer(row["customer"]))} for row in page["data"]]
        return page

    def get_customer(self, call, id):
        query = be.read("query", be.fields({"expand": PAGING["expand"]}), nested(call.query))
        _expanded(query, ())
        return self._shown(self._customer(id))

    def delete_customer(self, call, id):
        be.read("query", be.fields({}), nested(call.query))
        be.read("body", be.fields({}), _form(call))
        if id in self.state.data.deleted:
            raise _missing("customer", id, "id", 404)
        self.state.data.deleted.add(self._customer(id)["id"])
        return {"id": id, "object": "customer", "deleted": True}

    def create_customer(self, call):
        be.read("query", be.fields({}), nested(call.query))
        given = _form(call)
        key = call.headers.get("idempotency-key")
        if key is not None and key in self.state.data.answers:
            return _replayed(key, given, *self.state.data.answers[key])
        values = be.read("body", be.fields(NEW_CUSTOMER), given)
        if values.get("email") and not re.fullmatch(EMAIL, values["email"]):
            raise _no(400, f"Invalid email address: {values['email']}", "email_invalid", "email")
        if key is not None and not 0 < len(key) <= 255:
            raise _no(400, "Idempotency keys are up to 255 characters long.")
        _expanded(values, ())
        shown = self._shown(self.state.data.customers.add(**_new(values)))
        if key is not None:
            self.state.data.answers[key] = (given, deepcopy(shown))
        return JSONResponse(shown, headers={"idempotency-key": key} if key else None)

    def _customer(self, id):
        row = self.state.data.customers.get(id)
        if row is None:
            raise _missing("customer", id, "id", 404)
        return row

    def _shown(self, row):
        gone = row["id"] in self.state.data.deleted
        return {"id": row["id"], "object": "customer", "deleted": True} if gone else row


def _page(call, table, query, asked_for):
    """Newest first. What is not asked for (a deleted customer, too) still marks a place in the list."""
    if {"starting_after", "ending_before"} <= {*query}:
        raise _no(400, "You cannot give both ending_before and starting_after.", None, "ending_before")
    rows = sorted(enumerate(table), key=lambda pair: (pair[1]["created"], pair[0]), reverse=True)
    rows = [row for _, row in rows]
    if "starting_after" in query:
        rows = rows[_place(rows, query, "starting_after") + 1 :]
    if "ending_before" in query:
        rows = rows[: _place(rows, query, "ending_before")]
    rows = [row for row in rows if _within(row["created"], query.get("created", {})) and asked_for(row)]
    size = query.get("limit", 10)
    data = rows[-size:] if "ending_before" in query else rows[:size]
    return {"object": "list", "data": data, "has_more": len(rows) > size, "url": call.path}


def _place(rows, query, param):
    place = next((place for place, row in enumerate(rows) if row["id"] == query[param]), None)
    if place is None:
        raise _missing(rows[0]["object"], query[param], param, 400)
    return place


def _within(created, wanted):
    if isinstance(wanted, int):
        return created == wanted
    tests = {"gt": created.__gt__, "gte": created.__ge__, "lt": created.__lt__, "lte": created.__le__}
    return all(tests[name](value) for name, value in wanted.items())


def _expanded(values, allowed):
    for path in values.get("expand", []):
        if path not in allowed:
            raise _no(400, f"This property cannot be expanded ({path}).", None, "expand[]")
    return values.get("expand", [])


def _new(values):
    """What a new customer has; an empty text is none."""
    blank = {"address": None, "description": None, "email": None, "name": None, "phone": None, "metadata": {}}
    given = {name: value for name, value in values.items() if value != "" and name != "expand"}
    if "metadata" in given:
        given["metadata"] = {name: value for name, value in given["metadata"].items() if value != ""}
    if "address" in given:
        given["address"] = dict.fromkeys(PARTS) | given["address"]
    return {**blank, "balance": 0, **given}


def _replayed(key, given, before, answer):
    if given != before:
        message = "Keys for idempotent requests can only be used with the same parameters they were first used with."
        message += f" Try using a key other than '{key}' if you meant to execute a different request."
        raise Refused(400, {"error": {"message": message, "type": "idempotency_error"}})
    return JSONResponse(answer, headers={"idempotency-key": key, "idempotent-replayed": "true"})


def _form(call):
    if call.body and call.media_type != "application/x-www-form-urlencoded":
        message = "Invalid request (check that your POST content type is application/x-www-form-urlencoded)."
        raise _no(400, message)
    return nested(parse_qsl(call.body.decode(), keep_blank_values=True))


def nested(pairs):
    """`a[b]=1`, `a[]=1` and `a[0]=1` as objects and lists; a name given twice is refused."""
    tree = {}
    for name, value in pairs:
        if not re.fullmatch(r"[^\[\]]+(\[[^\[\]]*\])*", name):
            raise _no(400, f"Received unknown parameter: {name}", "parameter_unknown", name)
        first, *rest = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        node, key = tree, first
        for part in rest:
            node = node.setdefault(key, {})
            if not isinstance(node, dict):
                raise _no(400, f"Invalid object: {name}", None, name)
            key = part or str(len(node))
        if key in node:
            raise _no(400, f"Duplicate parameter: {name}", None, name)
        node[key] = value
    return {name: _listed(node) for name, node in tree.items()}


def _listed(node):
    if not isinstance(node, dict):
        return node
    values = [_listed(value) for value in node.values()]
    return values if [*node] == [str(index) for index in range(len(node))] else dict(zip(node, values, strict=True))


def _missing(kind, id, param, status):
    return _no(status, f"No such {kind}: '{id}'", "resource_missing", param)


def _no(status, message, code=None, param=None, **headers):
    error = {"type": "invalid_request_error", "message": message, "code": code, "param": param}
    error["doc_url"] = code and f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
    return Refused(status, {"error": {name: value for name, value in error.items() if value is not None}}, **headers)


def create_app():
    return Stripe().app
