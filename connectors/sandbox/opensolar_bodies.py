"""The bodies that OpenSolar takes, in its document's words. No field is required unless the document says so.

Its sample writes numbers and flags as texts ("35.12364", "1") and reads them back as numbers and flags: either is
taken. Of a project it names the fields of a create; those it leaves open are what its payload shows as plain values
and does not evidently compute.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from .opensolar_data import stamp
from .strict import Strict

FIELD_PATH = r"^(contact|event|project)\.(\*|[a-z0-9_]+(\.[a-z0-9_]+)*)$"
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_TEXT = re.compile(r"[\x20-\x7e]*")


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) else value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, str) and re.fullmatch("-?[0-9]{1,18}", value) else value


def _flag(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return {"1": True, "0": False, "true": True, "false": False}.get(str(value).lower(), value)


def _wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("wrong", message)  # pyright: ignore[reportArgumentType] (it wants a literal)


def _day(text: str) -> str:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        raise _wrong("Date has wrong format. Use YYYY-MM-DD.") from None


def _moment(text: str) -> str:
    """With an offset, or a day alone."""
    try:
        found = datetime.fromisoformat(f"{date.fromisoformat(text)}T00:00Z" if len(text) == len("2026-12-01") else text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise _wrong("Datetime has wrong format. Use YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].")
    return stamp(found)


def _json_text(text: str) -> str:
    try:
        if isinstance(json.loads(text), dict):
            return text
    except (ValueError, RecursionError):
        pass
    raise _wrong("Must be a text that holds a JSON object.")


def _header_text(text: str) -> str:
    headers = json.loads(_json_text(text))
    for name, value in headers.items():
        if not (HEADER_NAME.fullmatch(name) and isinstance(value, str) and HEADER_TEXT.fullmatch(value)):
            raise _wrong("Each header needs a name and a text that HTTP can carry.")
    return text


def _endpoint(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        good = False
    if not good or re.search(r"[\s\x00-\x1f]", text):
        raise _wrong("Enter a valid URL.")
    return text


Number = Annotated[float, BeforeValidator(_number)]
Whole = Annotated[int, BeforeValidator(_whole)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Day = Annotated[str, AfterValidator(_day)]
Moment = Annotated[str, AfterValidator(_moment)]
Email = Annotated[str, Field(pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$")]
JsonText = Annotated[str, AfterValidator(_json_text)]
FieldPath = Annotated[str, Field(pattern=FIELD_PATH)]


class Login(Strict):
    """Body of /api-token-auth/."""

    username: str
    password: str


class User(Strict):
    """Body of an update of a user."""

    is_machine_user: bool


class Org(Strict):
    """Body of "Update Org"; of its fields the document shows the name alone."""

    name: str = Field(default="", min_length=1)


class Contact(Strict):
    """Body that creates or updates a contact, and an item of `contacts_new`."""

    first_name: str = ""
    family_name: str = ""
    email: Email | None = ""
    phone: str | None = ""
    date_of_birth: Day | None = None
    gender: Annotated[Whole, Field(ge=0, le=2)] = 0


class Project(Strict):
    """Body that creates or updates a project."""

    address: str | None = None
    assigned_installer_role: str | None = None
    assigned_role: str | None = None
    assigned_site_inspector_role: str | None = None
    business_identifier: str = ""
    business_name: str = ""
    contacts: list[str] = []
    contacts_new: list[Contact] = []
    contract_terms: str = ""
    country_iso2: Annotated[str, Field(pattern="^[A-Za-z]{2}$")] | None = None
    county: str | None = None
    has_cellular_coverage: Whole = 0
    identifier: str = ""
    installation_date: Moment | None = None
    is_residential: Flag = True
    lat: Number | None = None
    lead_source: str = ""
    locality: str | None = None
    lon: Number | None = None
    meter_identifier: str = ""
    notes: str = ""
    number_of_phases: Whole | None = None
    number_of_storeys: Whole | None = None
    number_of_wires: Whole | None = None
    parcel_identifier: str = ""
    payment_option_sold: str | None = None
    power_factor: Number | None = None
    priority: Whole = 2
    proposal_content: str = ""
    proposal_message: str = ""
    roof_type: str | None = None
    serial_numbers_batteries: str = ""
    serial_numbers_inverters: str = ""
    serial_numbers_panels: str = ""
    site_notes: str = ""
    sold_date: Moment | None = None
    stage: Annotated[Whole, Field(ge=0)] = 0
    state: str | None = None
    system_installed: str | None = None
    system_sold: str | None = None
    valid_until_date: Moment | None = None
    wind_region: str | None = None
    years_to_simulate: Whole = 20
    zip: str | None = None


class WebhookChange(Strict):
    """Body that updates a webhook; `headers` stands in the document's sample alone, as a text that holds JSON."""

    endpoint: Annotated[str, AfterValidator(_endpoint)] = ""
    headers: Annotated[str, AfterValidator(_header_text)] | None = None
    enabled: bool = True
    debug: bool = False
    trigger_fields: list[FieldPath] | None = None
    payload_fields: list[FieldPath] | None = None


class NewWebhook(WebhookChange):
    """Body that creates a webhook."""

    endpoint: Annotated[str, AfterValidator(_endpoint)]  # pyright: ignore[reportGeneralTypeIssues]
    enabled: bool  # pyright: ignore[reportGeneralTypeIssues]
    debug: bool  # pyright: ignore[reportGeneralTypeIssues]
