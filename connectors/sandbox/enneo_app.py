"""The pretend enneo as its users see it: contracts, kept in the system behind it (the ERP) and copied from there.

Contracts are named by their id; without one a deed is about the document's example, 746839.
"""

from __future__ import annotations

import copy
from random import Random
from typing import Annotated

from pydantic import Field
from starlette.exceptions import HTTPException

from . import enneo_data as data
from .people import somebody
from .strict import Day, Json
from .vendor import Vendor, deed


class EnneoApp(Vendor):
    """One utility's contracts."""

    erp: dict[int, Json]
    """The contracts as they are."""
    kept: dict[int, Json]
    """The contracts as enneo last fetched them."""
    revoked: bool
    """Whether the token no longer opens anything."""

    def sow(self) -> None:
        self.rng: Random = Random(self.seed)
        self.revoked = False
        self.erp = {data.EXAMPLE: data.example()}
        for place in range(1, data.INVENTED + 1):
            contract = data.invented(data.EXAMPLE + 11 * place, somebody(place, self.rng), self.rng)
            self.erp[contract["id"]] = contract
        self.kept = copy.deepcopy(self.erp)

    def fetch(self, id: int) -> None:
        """Copy a contract from the ERP."""
        self.kept[id] = copy.deepcopy(self.erp[id])

    @deed
    def change_deposit(
        self,
        id: int = data.EXAMPLE,
        euros: Annotated[int, Field(ge=0)] | None = None,
        fetched: bool = True,
    ) -> Json:
        """A customer pays so much each month, or a euro more; not `fetched`, it shows at a `refresh` or `fetch-all`."""
        contract = self._contract(id)
        return self._change(id, {"monthlyDeposit": contract["monthlyDeposit"] + 1 if euros is None else euros}, fetched)

    @deed
    def change_tariff(self, id: int = data.EXAMPLE, fetched: bool = True) -> Json:
        """A customer moves to the next tariff for their energy; `fetched` as with change-deposit."""
        contract = self._contract(id)
        tariffs = data.TARIFFS[contract["energy"]]
        now = [tariff.id for tariff in tariffs].index(contract["productId"])
        url = contract["agentPreview"][0]["url"]
        return self._change(id, data.tariff_fields(tariffs[(now + 1) % len(tariffs)], url), fetched)

    @deed
    def end_contract(self, id: int, date: Day, fetched: bool = True) -> Json:
        """A contract ends on that day (YYYY-MM-DD); `fetched` as with change-deposit."""
        ended = {"status": "ended", "statusCode": 9000, "statusCodeTitle": "ended", "endDate": date}
        return self._change(id, ended, fetched)

    @deed
    def delete_contract(self, id: int) -> Json:
        """A contract is deleted, in the ERP and in enneo."""
        self._contract(id)
        del self.erp[id]
        self.kept.pop(id, None)
        return {"deleted": id}

    @deed
    def fetch_all(self) -> Json:
        """Enneo fetches every contract anew, as it does at night."""
        self.kept = copy.deepcopy(self.erp)
        return {"fetched": len(self.erp)}

    @deed
    def revoke_token(self) -> Json:
        """Somebody revokes the token: it opens nothing until the next reset."""
        self.revoked = True
        return {"revoked": True}

    def _contract(self, id: int) -> Json:
        if id not in self.erp:
            known = ", ".join(map(str, self.erp)) or "none"
            raise HTTPException(404, f"id: no contract has the id {id}; there are {known}")
        return self.erp[id]

    def _change(self, id: int, changes: Json, fetched: bool) -> Json:
        contract = self._contract(id)
        contract |= changes
        if fetched:
            self.fetch(id)
        return {"fetched": fetched, "contract": contract}
