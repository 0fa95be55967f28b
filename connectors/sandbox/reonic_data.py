"""What the pretend Reonic starts with, and the shapes of what it hands out, key for key as in the document's samples.

Everybody is invented; telephone numbers come from the ranges the Bundesnetzagentur keeps for films, addresses of
e-mail from example.com. Where the document is silent (statuses, what a pure request holds, a signature that waits),
the choice made is said here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from random import Random

    from .strict import Json

Identify = Callable[[str, object], str]
"""(kind, name) -> id, the same for the same two."""

FIRST_OFFER = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
BETWEEN_OFFERS = timedelta(hours=29, minutes=7, seconds=11)
SIGNATURE_PERIOD = timedelta(days=14)  # the sample: requested 2024-10-29, expires 2024-11-12

NEW_REQUEST = "New Request"
PENDING = "Pending Feedback"
LOST = "Lost"
STATUSES = ("In Planning", PENDING, PENDING, "Order Confirmed")  # the document shows PENDING alone

USERS: tuple[tuple[str, str | None, str], ...] = (
    ("Annika Brandtner", "annika.brandtner@example.com", "ADMIN"),
    ("Mehmet Yalinkaya", "mehmet.yalinkaya@example.com", "USER"),
    ("Jule Steinhäger", None, "USER"),
    ("Tobias Wendelin", "tobias.wendelin@example.com", "USER"),
    ("Kasia Nowikowska", "kasia.nowikowska@example.com", "USER"),
)

FIRST_NAMES = tuple(
    "Frieda Hannes Ilse Jonas Katrin Lorenz Mira Nils Oda Paul Rosa Stefan Tilda Uwe Vera Yusuf".split()
)
LAST_NAMES = tuple(
    "Ackerbusch Birkenau-Thoma Dornseif Eichwald Fährmann Großkopf Hollerbeck Immenroth Jägersfeld Kranichstein "
    "Löwentraut Mohnblatt Nebelung Oberhaid Pfeifenberg Querfeldt Rübsamen Silberbach Tannhof".split()
)
STREETS = tuple("Ahornweg,Bergstraße,Gartenstraße,Hauptstraße,Lindenallee,Mühlenweg,Rosenstraße,Sonnenhang".split(","))


class Town(NamedTuple):
    """A real place; the coordinates are those of its centre."""

    postcode: str
    name: str
    lat: str
    lng: str


TOWNS = (
    Town("10115", "Berlin", "52.532", "13.384"),
    Town("20095", "Hamburg", "53.551", "10.001"),
    Town("50667", "Köln", "50.938", "6.957"),
    Town("60311", "Frankfurt am Main", "50.111", "8.682"),
    Town("80331", "München", "48.136", "11.573"),
    Town("01067", "Dresden", "51.054", "13.733"),
    Town("48143", "Münster", "51.962", "7.626"),
    Town("79098", "Freiburg im Breisgau", "47.996", "7.849"),
    Town("18055", "Rostock", "54.089", "12.140"),
    Town("99084", "Erfurt", "50.978", "11.029"),
)
CENTRE = Town("99986", "Niederdorla", "51.163", "10.448")


class Product(NamedTuple):
    """A line of the catalogue; `price` is net, per piece, in euros. Photovoltaics carry no VAT in Germany."""

    block: str
    name: str
    type: str
    price: int
    vat: str


MODULE = Product("solarPlanned", "Solar Module", "Module", 715, "0")
BATTERY = Product("sesPlanned", "Battery Storage", "BatteryStorage", 5375, "0.19")
WALLBOX = Product("wallboxPlanned", "Wallbox", "Wallbox", 980, "0")
MODULE_WP = 440
BATTERY_WH = 5000


def seconds(moment: datetime) -> str:
    """A moment as offers write it: 2024-10-29T13:28:29Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def milliseconds(moment: datetime) -> str:
    """A moment as contacts write it: 2025-01-14T14:02:15.207Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def number(exact: Decimal) -> int | float:
    """A decimal as JSON writes it: 25356, 1021.25, 0.00035."""
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def demand(kilowatt_hours: float, cents: float) -> Json:
    """kWh and ct/kWh, as requests give them, in the Wh and euros per Wh of offers: 35 ct/kWh is 0.00035."""
    return {
        "annualEnergyDemandWh": number(Decimal(str(kilowatt_hours)) * 1000),
        "energyPrice": number(Decimal(str(cents)) / 100 / 1000),
        "energyPriceIncrease": 0.03,
    }


def geocode(postcode: str, city: str) -> Town:
    """The town with that postcode, else with that name, else the middle of Germany."""
    by_postcode = [town for town in TOWNS if town.postcode == postcode]
    by_name = [town for town in TOWNS if town.name.casefold() == city.casefold()]
    return [*by_postcode, *by_name, CENTRE][0]


def user(id: str, name: str, email: str | None, role: str) -> Json:
    """A user; without an address of e-mail the key is missing, not null."""
    return {"id": id} | ({"email": email} if email else {}) | {"fullName": name, "role": role}


def contact(id: str, created: datetime, **known: str | None) -> Json:
    """A contact; what is not known is null."""
    keys = "firstName lastName email emailSecondary telephone mobilePhone street number city postcode".split()
    return {"id": id} | {key: known.get(key) or None for key in keys} | {"createdAt": milliseconds(created)}


def invented_contact(id: str, created: datetime, place: int, rng: Random) -> tuple[Json, Town]:
    """Somebody who does not exist, and where they live."""
    first, last, town = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES), rng.choice(TOWNS)
    made = contact(
        id,
        created,
        firstName=first,
        lastName=last,
        email=f"kunde{place}@example.com",
        telephone=f"+493023125{place % 1000:03}",
        street=rng.choice(STREETS),
        number=str(rng.randint(1, 140)),
        city=town.name,
        postcode=town.postcode,
    )
    return made, town


def request(id: str, customer: str, lat: str, lng: str) -> Json:
    """A row nobody has planned yet: the sample's keys, no options, no price, no dates of an offer."""
    return {
        "id": id,
        "status": NEW_REQUEST,
        "archived": False,
        "offerArchived": False,
        "requestArchived": False,
        "customer": {"id": customer},
        "kfWTotalConfirmationId": None,
        "kfWRequestConfirmationId": None,
        "signaturePlannedUntil": None,
        "leadSource": "",
        "lat": lat,
        "lng": lng,
        "notes": [],
        "demand": demand(4000, 30),
        "options": [],
        "totalPlannedPrice": 0,
        "assignedToId": None,
        "assignedToUsers": [],
        "lostReason": None,
        "lostAt": None,
        "solarPackage": {},
        "sesPackage": {},
        "heatpumpPackage": {},
        "wallboxPackage": {},
        "offerCreatedById": None,
        "offerCreatedAt": None,
        "offerLastEditedById": None,
        "offerLastEditedAt": None,
        "existingSolar": {"solarExistingAngle": None, "solarExistingSize": None, "solarExistingOrientation": None},
        "currentSignature": None,
    }


def become_offer(row: Json, by: str, at: datetime, identify: Identify, rng: Random) -> None:
    """Plan a request: modules always, a battery and a wallbox sometimes."""
    modules, batteries, wallboxes = rng.randint(12, 28), rng.choice((0, 1, 1, 2)), rng.choice((0, 0, 1))
    quantities = [(MODULE, modules), (BATTERY, batteries), (WALLBOX, wallboxes)]
    lines = {
        product.block: [_line(product, quantity, row["id"], identify)] for product, quantity in quantities if quantity
    }
    row["options"] = [_option(identify("option", row["id"]), lines, modules, batteries)]
    prices = [Decimal(str(line[key])) for each in lines.values() for line in each for key in ("netPrice", "vat")]
    row["totalPlannedPrice"] = number(sum(prices, Decimal(0)))
    row["solarPackage"] = {"name": "Starter Solar Package"}
    row["sesPackage"] = {"name": "Starter Energy Storage Package"} if batteries else {}
    row["wallboxPackage"] = {"name": "Smart Wallbox Package"} if wallboxes else {}
    row["status"] = PENDING
    row["offerCreatedById"] = row["offerLastEditedById"] = by
    row["offerCreatedAt"] = row["offerLastEditedAt"] = seconds(at)


def _option(id: str, lines: dict[str, list[Json]], modules: int, batteries: int) -> Json:
    blocks: dict[str, Json] = {
        "solarPlanned": {"totalSizeWp": modules * MODULE_WP, "totalNumberOfModules": modules},
        "sesPlanned": {"storageSize": batteries * BATTERY_WH},
        "wallboxPlanned": {},
        "heatpumpPlanned": {},
        "additionalPlanned": {},
    }
    return {"id": id} | {name: block | {"components": lines.get(name, [])} for name, block in blocks.items()}


def _line(product: Product, quantity: int, row: str, identify: Identify) -> Json:
    """`netPrice` is of the whole line, as in the sample, where 1021.25 is 19 % of it."""
    net = Decimal(product.price * quantity)
    return {
        "id": identify("line", f"{row}/{product.name}"),
        "componentId": identify("component", product.name),
        "quantity": quantity,
        "netPrice": number(net),
        "vatPerc": number(Decimal(product.vat)),
        "vat": number(net * Decimal(product.vat)),
        "name": product.name,
        "brand": "Generic",
        "type": product.type,
    }


def signature(requested: datetime) -> Json:
    """A signature that is waited for. The document shows a signed one alone: "Pending" and the nulls are a choice."""
    return {
        "signatureRequestCreatedAt": seconds(requested),
        "state": "Pending",
        "expiryAt": seconds(requested + SIGNATURE_PERIOD),
        "signedAt": None,
        "signedPdfUrl": None,
        "signedOptionId": None,
    }


def note(message: str, at: datetime, by: str | None = None) -> Json:
    """A note inside an offer: it has no id there, and its text is called message."""
    return {"message": message, "createdAt": seconds(at), "createdById": by}
