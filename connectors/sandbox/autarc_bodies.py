"""The bodies that autarc's document describes, in its words. A field without a default is required.

A change names only what it changes: absent keeps, null clears where the document says "or null" and is refused
elsewhere. The document folds up what an `Address` holds, so any JSON object is one; `isMonumentProtected` is of type
"any" there and here. Stated nowhere and so not checked: the length of a text, whether a number may be negative,
whether two projects may share a `humanId`.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from .strict import Day, Strict

MOST_LEVELS = 32

Status = Literal["inProgress", "completed", "archived"]
BuildingType = Literal[
    "singleOrDoubleFamilyHouse",
    "semiDetachedHouse",
    "terracedHouse",
    "endTerracedHouse",
    "multiFamilyHouse",
    "commercialBuilding",
]
BuildingAge = Literal[
    "from2002",
    "from1995To2001",
    "from1984To1994",
    "from1979To1983",
    "from1969To1978",
    "from1958To1968",
    "from1949To1957",
    "from1919To1948",
    "before1918",
]


def _plain(value: Any) -> Any:
    """What Python reads from JSON but could not write again: half a character, no end of levels or digits."""
    if _deeper_than(MOST_LEVELS, value):
        raise PydanticCustomError("deep", "has too many levels")
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise PydanticCustomError("plain", "holds half a character, or a number that is too large") from None
    return value


def _deeper_than(levels: int, value: Any) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(levels == 0 or _deeper_than(levels - 1, each) for each in inside)


Uuid = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"), AfterValidator(str.lower)]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")]
Number = Annotated[int | float, AfterValidator(_plain)]
Address = Annotated[dict[str, Any], AfterValidator(_plain)]
Anything = Annotated[Any, AfterValidator(_plain)]


class Project(Strict):
    """What both bodies of a project say alike."""

    customerId: Uuid | None = None
    status: Status = "inProgress"
    isLead: bool | None = False
    humanId: str | None = None
    projectValue: Number | None = None
    installationDate: Day | None = None
    buildingType: BuildingType | None = None
    buildingAge: BuildingAge | None = None
    isMonumentProtected: Anything = False
    numberOfResidents: Number | None = None
    numberOfFloors: Number | None = None
    heatedLivingAreaM2: Number | None = None


class ProjectChange(Project):
    """Body of "Update a project"."""

    name: str = ""
    companyId: Uuid = ""
    address: Address | None = None


class NewProject(Project):
    """Body of "Creates a project": the address must be there, and may be null."""

    name: str
    companyId: Uuid
    address: Address | None


class Customer(Strict):
    """What both bodies of a customer say alike."""

    email: Email | None = None
    invoiceEmail: Email | None = None
    phoneNumber: str | None = None
    isCompany: bool = False
    companyName: str | None = None


class CustomerChange(Customer):
    """Body of "Update a customer"."""

    companyId: Uuid = ""
    firstName: str = ""
    lastName: str = ""
    address: Address | None = None


class NewCustomer(Customer):
    """Body of "Create a customer": first and last name also of a company; the address may be null."""

    companyId: Uuid
    firstName: str
    lastName: str
    address: Address | None
