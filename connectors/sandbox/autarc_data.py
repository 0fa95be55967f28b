"""What the pretend autarc starts with, and the shapes of what it hands out, key for key as in the document's samples.

Chosen where the document is silent: moments are written in whole seconds, as in its samples; the keys inside an
address; 24 customers and 40 projects, every fifth a lead and every tenth without an address.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, get_args

from .autarc_bodies import BuildingAge, BuildingType, CustomerChange, ProjectChange
from .people import FIRMS

if TYPE_CHECKING:
    from random import Random

    from .people import Person
    from .strict import Json

FIRST = datetime(2026, 8, 3, 6, 30, tzinfo=UTC)
BETWEEN = timedelta(hours=41, minutes=13, seconds=7)
CUSTOMERS = 24
PROJECTS = 40

BUILDING_TYPES: tuple[str, ...] = get_args(BuildingType)
BUILDING_AGES: tuple[str, ...] = get_args(BuildingAge)


def moment(at: datetime) -> str:
    """A moment as the samples write it: 2019-08-24T14:15:22Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def project(id: str, at: datetime, given: Json) -> Json:
    """A project made of what was given; what was not has the documented default, else null."""
    filled = ProjectChange().model_dump() | given
    head = {"id": id, "name": filled.pop("name"), "companyId": filled.pop("companyId")}
    return head | {"createdAt": moment(at), "updatedAt": moment(at)} | filled


def customer(id: str, at: datetime, given: Json) -> Json:
    """A customer made of what was given; what was not is null, and no company."""
    filled = CustomerChange().model_dump() | given
    head = {"id": id} | {key: filled.pop(key) for key in ("firstName", "lastName", "companyId")}
    return head | {"createdAt": moment(at), "updatedAt": moment(at)} | filled


def invented_customer(person: Person, company: str, rng: Random) -> Json:
    """What a user typed about somebody; one in six is a company."""
    firm = f"{rng.choice(FIRMS)} {person.last_name}" if rng.randrange(6) == 0 else None
    return {
        "companyId": company,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "email": person.email,
        "invoiceEmail": f"rechnung{person.place}@example.com" if firm else None,
        "phoneNumber": person.phone,
        "isCompany": firm is not None,
        "companyName": firm,
        "address": address(person),
    }


def invented_project(owner: Json, place: int, rng: Random) -> Json:
    """What a user typed about a house of this customer."""
    lead = place % 5 == 0
    return {
        "name": f"Wärmepumpe {owner['lastName']}",
        "companyId": owner["companyId"],
        "customerId": owner["id"],
        "status": "inProgress" if lead else rng.choice(("inProgress", "inProgress", "completed", "archived")),
        "isLead": lead,
        "humanId": f"P-{place:03}",
        "projectValue": None if lead else rng.randrange(18_000, 42_000, 50) + 0.5,
        "installationDate": None if lead else f"2027-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
        "buildingType": rng.choice(BUILDING_TYPES),
        "buildingAge": rng.choice(BUILDING_AGES),
        "isMonumentProtected": rng.randrange(12) == 0,
        "numberOfResidents": rng.randint(1, 6),
        "numberOfFloors": rng.choice((1, 2, 2, 2.5, 3)),
        "heatedLivingAreaM2": rng.randint(80, 320),
        "address": None if place % 10 == 7 else owner["address"],
    }


def address(person: Person) -> Json:
    """Where somebody lives; these keys are a choice, since the document folds the address up."""
    return {
        "street": person.street,
        "houseNumber": person.house_number,
        "postalCode": person.town.postcode,
        "city": person.town.name,
        "country": "DE",
    }
