"""The pretend Reonic as its users see it: what it holds, and what they do there that its API cannot.

Offers are named by id or by running number, 1 being the oldest row; numbers of deleted rows are not given again.
"""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Literal

from starlette.exceptions import HTTPException

from . import reonic_data as data
from .strict import Json
from .vendor import Vendor, deed

SEEDED = 57
FILES = "https://private-static.reonic.de"
SIGNED = "Offer signed and synchronized"  # the sample's note, by nobody


class ReonicApp(Vendor):
    """Users, contacts, and offers with requests among them."""

    users: list[Json]
    contacts: list[Json]
    offers: dict[int, Json]
    """By running number, oldest first."""

    def sow(self) -> None:
        self.rng: Random = Random(self.seed)
        self.users = [data.user(self.new_id("user"), *person) for person in data.USERS]
        self.contacts = []
        self.offers = {}
        for _ in range(SEEDED):
            self._sow_row(data.FIRST_OFFER + len(self.offers) * data.BETWEEN_OFFERS)

    def add_row(self, contact: Json, lat: str, lng: str) -> int:
        """Keep a contact and a request of theirs; the request's running number."""
        self.contacts.append(contact)
        number = self.new_number("offer")
        self.offers[number] = data.request(self.fixed_id("offer", number), contact["id"], lat, lng)
        return number

    def token(self, offer_id: str) -> str:
        """What the address of an offer's signed PDF is guarded by."""
        return self.fixed_id("token", offer_id).replace("-", "")

    @deed
    def create_offer(self, name: str | None = None, status: str = data.PENDING) -> Json:
        """A user plans an offer for somebody new, called `name` if given."""
        number = self._plan_for_somebody(self.now(), name)
        self.offers[number]["status"] = status
        return self._changed(number)

    @deed
    def request_signature(self, id: int | str) -> Json:
        """A user asks the customer to sign; this counts as an edit of the offer, as in the document's sample."""
        number, offer = self._planned(id)
        offer["currentSignature"] = data.signature(self.now())
        offer["offerLastEditedAt"] = data.seconds(self.now())
        return self._changed(number)

    @deed
    def sign_offer(self, id: int | str) -> Json:
        """The customer signs, asked or not: currentSignature and a note change, offerLastEditedAt does not."""
        number, offer = self._planned(id)
        self._sign(offer, self.now())
        return self._changed(number)

    @deed
    def change_status(self, id: int | str, status: str) -> Json:
        """A user moves an offer to another status; offerLastEditedAt stays."""
        number, offer = self._row(id)
        offer["status"] = status
        return self._changed(number)

    @deed
    def take_request(self, name: str | None = None) -> Json:
        """Somebody new, called `name` if given, asks for an offer; nobody has planned it yet."""
        return self._changed(self._request_of_somebody(self.now(), name))

    @deed
    def plan_offer(self, id: int | str) -> Json:
        """A user plans what was asked for: the request becomes an offer and keeps its id."""
        number, row = self._row(id)
        if row["options"]:
            raise HTTPException(409, f"row {number} is an offer already")
        data.become_offer(row, self.rng.choice(self.users)["id"], self.now(), self.fixed_id, self.rng)
        return self._changed(number)

    @deed
    def edit_offer(self, id: int | str) -> Json:
        """A user edits an offer: offerLastEditedAt moves."""
        number, offer = self._planned(id)
        offer["offerLastEditedAt"] = data.seconds(self.now())
        return self._changed(number)

    @deed
    def lose_offer(self, id: int | str, reason: str | None = None) -> Json:
        """The customer says no."""
        number, offer = self._row(id)
        offer |= {"status": data.LOST, "lostReason": reason, "lostAt": data.seconds(self.now())}
        return self._changed(number)

    @deed
    def archive(self, id: int | str, archived: bool = True) -> Json:
        """A user archives an offer or request, or takes it out again."""
        number, offer = self._row(id)
        kind = "offerArchived" if offer["options"] else "requestArchived"
        offer |= {"archived": archived, kind: archived}
        return self._changed(number)

    @deed
    def assign(self, id: int | str, user: str | None) -> Json:
        """An offer or request is assigned to the user with this id; to nobody, if null."""
        number, offer = self._row(id)
        if user is not None and all(user != one["id"] for one in self.users):
            raise HTTPException(404, f"user: nobody has the id {user!r}")
        offer["assignedToId"] = user
        return self._changed(number)

    @deed
    def write_note(self, id: int | str, text: str) -> Json:
        """The first user writes a note; offerLastEditedAt stays."""
        number, offer = self._row(id)
        offer["notes"].append(data.note(text, self.now(), self.users[0]["id"]))
        return self._changed(number)

    @deed
    def delete_offer(self, id: int | str) -> Json:
        """A user deletes an offer or request."""
        number, offer = self._row(id)
        del self.offers[number]
        return {"number": number, "deleted": offer["id"]}

    @deed
    def add_user(self, name: str, email: str | None = None, role: Literal["ADMIN", "USER"] = "USER") -> Json:
        """A colleague joins; without email the user has no such key."""
        self.users.append(data.user(self.new_id("user"), name, email, role))
        return {"user": self.users[-1]}

    def _sow_row(self, at: datetime) -> None:
        """Every eighth row is a request; of the offers some are lost, some signed, some wait for a signature."""
        place = len(self.offers) + 1
        if place % 8 == 0:
            self._request_of_somebody(at)
            return
        later = at + data.BETWEEN_OFFERS
        offer = self.offers[self._plan_for_somebody(at)]
        offer["status"] = self.rng.choice(data.STATUSES)
        offer["assignedToId"] = self.rng.choice([None, *(user["id"] for user in self.users)])
        offer["demand"] = data.demand(self.rng.randrange(2500, 9000, 100), self.rng.randint(26, 42))
        if place % 9 == 4:
            offer |= {"status": data.LOST, "lostReason": "Chose another installer", "lostAt": data.seconds(later)}
        elif place % 5 < 2:
            offer["currentSignature"] = data.signature(at)
            if place % 5 == 0:
                self._sign(offer, later)

    def _request_of_somebody(self, at: datetime, name: str | None = None) -> int:
        contact, town = data.invented_contact(self.new_id("contact"), at, len(self.contacts) + 1, self.rng)
        if name is not None:
            contact["firstName"], _, contact["lastName"] = name.rpartition(" ")
        return self.add_row(contact, town.lat, town.lng)

    def _plan_for_somebody(self, at: datetime, name: str | None = None) -> int:
        number = self._request_of_somebody(at, name)
        planner = self.rng.choice(self.users)["id"]
        data.become_offer(self.offers[number], planner, at, self.fixed_id, self.rng)
        return number

    def _sign(self, offer: Json, at: datetime) -> None:
        signature = offer["currentSignature"] or data.signature(at)
        if signature["state"] == "Signed":
            raise HTTPException(409, f"offer {offer['id']} was signed at {signature['signedAt']}")
        offer["currentSignature"] = signature | {
            "state": "Signed",
            "signedAt": data.seconds(at),
            "signedPdfUrl": f"{FILES}/offers/{offer['id']}/signed.pdf?token={self.token(offer['id'])}",
            "signedOptionId": offer["options"][0]["id"],
        }
        offer["notes"].append(data.note(SIGNED, at))

    def _row(self, id: int | str) -> tuple[int, Json]:
        for number, offer in self.offers.items():
            if id in (number, offer["id"]):
                return number, offer
        known = f"{min(self.offers)} to {max(self.offers)}" if self.offers else "none"
        raise HTTPException(404, f"id: no offer has the id or running number {id!r}; there are {known}")

    def _planned(self, id: int | str) -> tuple[int, Json]:
        number, offer = self._row(id)
        if not offer["options"]:
            raise HTTPException(409, f"row {number} is a request that nobody has planned yet: there is nothing to sign")
        return number, offer

    def _changed(self, number: int) -> Json:
        return {"number": number, "offer": self.offers[number]}
