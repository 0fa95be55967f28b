"""What the pretend enneo starts with: the contract of the document's example, and twelve invented ones.

The document says one thing in its types and another in its example: days are `string<date>` or seconds since 1970,
`phone` and `gridOperatorCode` are texts or numbers. Real answers may be either, so every other contract is written
as the types say, and the rest as the example is; the example itself is there as it stands, but for its address of
e-mail, which the document's page has blotted out. Chosen where it is silent: prices are euros per year and euros per
kWh; `statusCode` 9000 is a contract that has ended; what a register holds is not known, so they are empty objects,
one per meter; the raw data looks like nobody's in particular.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from random import Random

    from .people import Person
    from .strict import Json

EXAMPLE = 746839
INVENTED = 12
FIRST_DAY = date(2023, 1, 1)


class Tariff(NamedTuple):
    """A product; `base` is euros per year, `work` ct/kWh."""

    id: int
    name: str
    code: str
    base: float
    work: float


TARIFFS = {
    "electricity": (
        Tariff(1, "Flex 24", "flx_24", 149.88, 28.5),
        Tariff(2, "Fix 12", "fix_12", 131.4, 31.2),
        Tariff(3, "Wärmestrom", "wp_12", 96.0, 22.9),
    ),
    "gas": (Tariff(4, "Gas Flex", "gas_flx", 120.0, 9.4), Tariff(5, "Gas Fix 24", "gas_fix_24", 144.0, 10.8)),
}
GRID_OPERATORS = (("Netze Sandkasten GmbH", 9900000000017), ("Stadtnetz Musterhausen", 9900000000024))
EXAMPLE_TARIFF = TARIFFS["electricity"][0]


def example() -> Json:
    """The document's example, value by value."""
    return {
        "id": EXAMPLE,
        "orderId": 123,
        "tenant": None,
        "customerId": "123",
        "signupDate": 1661126400,
        "status": "active",
        "statusCode": 5000,
        "statusCodeTitle": "active",
        "energy": "electricity",
        "energyTypeId": 1,
        "energySubTypeId": 1,
        "email": "john.doe@example.com",
        "firstname": "John",
        "lastname": "Doe",
        "deliveryAddress": "Hugo-Junkers-Str. 5, 82031 Grünwald",
        "iban": "DE89370400440532013000",
        "monthlyDeposit": 53,
        "startDate": 1661990400,
        "endDate": None,
        "consumption": 3477,
        "counterNumber": "1ESY1160669167",
        "productId": 1,
        "productName": "Flex 24",
        "productCode": "flx_24",
        "campaignId": 1,
        "salesChannelId": 1,
        "unpaidDebt": 109.21,
        "vatRate": 0.09,
        "basePrice": 0.09,
        "workingPrice": 0.09,
        "billingAddress": "Rechnungssstraße 24, 10587 Berlin",
        "business": False,
        "phone": 491721041689,
        "gridOperatorName": "E.ON Bayern AG",
        "gridOperatorCode": 1000000000000,
        "registers": [{}],
        "erpUrls": [{"url": "https://erp-system.com/contract/123", "logo": "powercloud"}],
        "rawData": None,
        "agentPreview": [_tariff_preview(EXAMPLE_TARIFF, "https://erp.example.com/contract/123")],
        "tabPreview": {"color": "green", "icon": "electricity"},
    }


def invented(id: int, person: Person, rng: Random) -> Json:
    """A contract of somebody; with an even place as the document's types say, with an odd one as its example is."""
    typed = person.place % 2 == 0
    energy = rng.choice(("electricity", "electricity", "gas"))
    signed = FIRST_DAY + timedelta(days=rng.randrange(1000))
    address = f"{person.street} {person.house_number}, {person.town.postcode} {person.town.name}"
    operator, code = rng.choice(GRID_OPERATORS)
    url = f"https://erp.example.com/contract/{id}"
    return {
        **example(),
        "id": id,
        "orderId": 5000 + person.place,
        "customerId": str(9000 + person.place),
        "signupDate": day(signed, typed=typed),
        "energy": energy,
        "energyTypeId": 1 if energy == "electricity" else 2,
        "email": person.email,
        "firstname": person.first_name,
        "lastname": person.last_name,
        "deliveryAddress": address,
        "iban": iban(rng.randrange(10**10)) if person.place % 5 else None,
        "monthlyDeposit": rng.randint(35, 260),
        "startDate": day(signed + timedelta(days=30), typed=typed),
        "consumption": rng.randrange(1200, 24_000, 10),
        "counterNumber": f"1EMH{rng.randrange(10**10):010}" if person.place % 7 else None,
        "campaignId": None,
        "unpaidDebt": rng.choice((0.0, 0.0, 48.5)),
        "vatRate": 0.19 if energy == "electricity" else 0.07,
        "billingAddress": None if person.place % 3 else "Postfach 12 34, 10587 Berlin",
        "business": person.place % 6 == 0,
        "phone": person.phone.lstrip("+") if typed else int(person.phone),
        "gridOperatorName": operator,
        "gridOperatorCode": str(code) if typed else code,
        "erpUrls": [{"url": url, "logo": "powercloud"}],
        "tabPreview": {"color": "green", "icon": energy},
        **tariff_fields(rng.choice(TARIFFS[energy]), url),
    }


def tariff_fields(tariff: Tariff, url: str) -> Json:
    """What a contract says about its tariff."""
    return {
        "productId": tariff.id,
        "productName": tariff.name,
        "productCode": tariff.code,
        "basePrice": tariff.base,
        "workingPrice": tariff.work / 100,
        "agentPreview": [_tariff_preview(tariff, url)],
    }


def raw(contract: Json) -> Json:
    """The contract as the system behind enneo might hold it."""
    names = {
        "vertragsnummer": "id",
        "kundennummer": "customerId",
        "abschlag": "monthlyDeposit",
        "produkt": "productCode",
    }
    return {"source": "powercloud"} | {name: contract[key] for name, key in names.items()}


def day(value: date, *, typed: bool) -> str | int:
    """A day as text, or as the seconds since 1970 at which it begins in UTC."""
    return value.isoformat() if typed else int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp())


def iban(account: int) -> str:
    """An IBAN whose check digits are right, at a bank that does not exist."""
    number = f"12345678{account:010}"
    return f"DE{98 - int(f'{number}131400') % 97:02}{number}"


def _tariff_preview(tariff: Tariff, url: str) -> Json:
    prices = f"AP: {tariff.work} ct/kWh\nGP: {tariff.base:.2f} €/Jahr"
    return {"label": "Tarif", "value": tariff.name, "tooltip": prices, "url": url}
