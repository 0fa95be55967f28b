"""A pretend Reonic: the seven endpoints of its document.

Chosen where the document is silent or contradicts itself: the list of offers is newest first, 20 to a page; a page
behind the last is empty; `X-Authorization` is the bare key or `Basic` and the key in base64; a refusal is
`{"message": …}`, and 400 is possible on GET too; "Add Note" answers without the comma that makes its sample invalid;
a lead's message and note become the notes of its row, the name of its source becomes `leadSource`.
"""

from __future__ import annotations

import re
from base64 import b64encode
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from . import reonic_data as data
from .pdf import one_page
from .reonic_app import FILES, ReonicApp
from .reonic_bodies import NewNote, NewRequest
from .strict import checked, media_type, only_query, read_json, route
from .vendor import Connection, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute, Route

    from .strict import Json, Model
    from .vendor import Clock

CLIENT_ID = "sandbox-client"
API_KEY = "sandbox-reonic-key"
ACCEPTED = ([API_KEY], ["Basic " + b64encode(API_KEY.encode()).decode()])
JSON = "application/json"


class Reonic(ReonicApp):
    """A pretend Reonic with `page_size` offers to a page."""

    name = "reonic"
    connection: ClassVar[Connection] = {
        "path": "/reonic",
        "values": {"clientId": CLIENT_ID, "apiKey": API_KEY},
        "hosts": {FILES: "/reonic-files"},
    }
    pages = r"GET /rest/v2/clients/[^/?]+/h360/offers(\?|$)"

    def __init__(self, *, seed: int = 1, now: Clock = utc_now, page_size: int = 20) -> None:
        self.page_size = page_size
        super().__init__(seed=seed, now=now)

    def sites(self) -> dict[str, list[BaseRoute]]:
        v2 = "/rest/v2/clients/{clientId}"
        api: list[BaseRoute] = [
            self._get(f"{v2}/h360/offers", self.list_offers, "page"),
            self._get(f"{v2}/h360/offers/{{id}}", self.get_offer),
            self._post(f"{v2}/h360/offers/notes", NewNote, self.add_note),
            self._post("/integrations/{clientId}/h360/request/create", NewRequest, self.create_request),
            self._get(f"{v2}/contacts/{{id}}", self.get_contact),
            self._get(f"{v2}/users", self.list_users),
            self._get(f"{v2}/users/{{id}}", self.get_user),
        ]
        return {"": api, FILES: [route("GET", "/offers/{id}/signed.pdf", self.signed_pdf)]}

    def list_offers(self, request: Request) -> Json:
        page = request.query_params.get("page", "0")
        if not re.fullmatch("[0-9]{1,9}", page):
            raise HTTPException(400, f"query parameter page: must be a whole number from 0, not {page!r}")
        newest_first = list(reversed(self.offers.values()))
        start = int(page) * self.page_size
        end = start + self.page_size
        return {"results": newest_first[start:end], "hasNextPage": end < len(newest_first)}

    def get_offer(self, request: Request) -> Json:
        return _with_id(self.offers.values(), "offer", request.path_params["id"])

    def add_note(self, note: NewNote) -> Response:
        offer = _with_id(self.offers.values(), "offer", note.offerId.lower())
        offer["notes"].append(data.note(note.text, self.now()))
        return JSONResponse({"id": self.new_id("note"), "text": note.text})

    def create_request(self, lead: NewRequest) -> Response:
        contact = data.contact(
            self.new_id("contact"),
            self.now(),
            firstName=lead.firstName,
            lastName=lead.lastName,
            email=lead.email,
            telephone=lead.phone,
            street=lead.street,
            number=lead.streetNumber,
            city=lead.city,
            postcode=lead.postcode,
        )
        row = self.offers[self.add_row(contact, *_position(lead))]
        row["demand"] = data.demand(lead.totalDemandkWh, lead.energyPriceCtPerKwh)
        row["leadSource"] = lead.leadSourceName
        row["notes"] = [data.note(text, self.now()) for text in (lead.message, lead.note) if text]
        return Response()

    def get_contact(self, request: Request) -> Json:
        return _with_id(self.contacts, "contact", request.path_params["id"])

    def list_users(self, request: Request) -> Json:
        return {"results": self.users}

    def get_user(self, request: Request) -> Json:
        return _with_id(self.users, "user", request.path_params["id"])

    async def signed_pdf(self, request: Request) -> Response:
        """The file host: it knows the token in the address alone, and a credential sent here has leaked."""
        for name in ("authorization", "x-authorization"):
            if name in request.headers:
                raise HTTPException(400, f"header {name}: a credential must not be sent to {FILES}")
        offer = _with_id(self.offers.values(), "offer", request.path_params["id"])
        only_query(request, "token")
        if request.query_params.get("token") != self.token(offer["id"]):
            raise HTTPException(400, "query parameter token: is missing or wrong")
        if not (offer["currentSignature"] or {}).get("signedPdfUrl"):
            raise HTTPException(404, f"offer {offer['id']} is not signed")
        return Response(one_page(f"Signed offer {offer['id']}"), media_type="application/pdf")

    def _get(self, path: str, answer: Callable[[Request], Json], *query: str) -> Route:
        async def endpoint(request: Request) -> Response:
            _check_headers(request)
            only_query(request, *query)
            if await request.body():
                raise HTTPException(400, "body: GET takes none")
            return JSONResponse(answer(request))

        return route("GET", path, endpoint)

    def _post(self, path: str, model: type[Model], answer: Callable[[Model], Response]) -> Route:
        async def endpoint(request: Request) -> Response:
            _check_headers(request)
            only_query(request)
            if media_type(request.headers.get("content-type")) != JSON:
                raise HTTPException(400, f"header content-type: must be {JSON}")
            return answer(checked(model, read_json(await request.body())))

        return route("POST", path, endpoint)

    def tries(self, address: str) -> str:
        get = f"curl -H 'accept: {JSON}' -H 'X-Authorization: {API_KEY}'"
        here = f"{address}{self.connection['path']}"
        lead = '{"firstName": "Ada", "lastName": "Beispiel", "latLng": {"lat": 52.5, "lng": 13.4}}'
        fault = '{"fault": "status", "status": 500, "times": 2, "match": "GET /rest/v2"}'
        return f"""\
reonic at {here} with clientId {CLIENT_ID} and apiKey {API_KEY}
  {get} '{here}/rest/v2/clients/{CLIENT_ID}/h360/offers?page=0'
  {get} {here}/rest/v2/clients/{CLIENT_ID}/users
  {get} -H 'content-type: {JSON}' {here}/integrations/{CLIENT_ID}/h360/request/create -d '{lead}'
  curl -X POST {address}/_do/reonic/create-offer
  curl -X POST {address}/_do/reonic/sign-offer -d '{{"id": 7}}'
  curl -X POST {address}/_faults/reonic -d '{fault}'
  curl {address}/_log/reonic
"""


def _check_headers(request: Request) -> None:
    if request.headers.getlist("x-authorization") not in ACCEPTED:
        raise HTTPException(401, "header x-authorization: is missing or wrong")
    if media_type(request.headers.get("accept")) != JSON:
        raise HTTPException(400, f"header accept: must be {JSON}")
    if request.path_params["clientId"] != CLIENT_ID:
        raise HTTPException(404, "client ID not found or invalid")


def _with_id(things: Any, kind: str, id: str) -> Json:
    for thing in things:
        if thing["id"] == id:
            return thing
    raise HTTPException(404, f"{kind} ID not found or invalid")


def _position(lead: NewRequest) -> tuple[str, str]:
    """Numbers in a request, texts in an offer: so the document has it."""
    if lead.latLng:
        return f"{Decimal(str(lead.latLng.lat)):f}", f"{Decimal(str(lead.latLng.lng)):f}"
    assert lead.addressToGeocode
    town = data.geocode(lead.addressToGeocode.postcode, lead.addressToGeocode.city)
    return town.lat, town.lng
