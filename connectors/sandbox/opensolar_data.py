"""What the pretend OpenSolar starts with: a small company in Sydney with a branch in Berlin, and its customers.

Everybody is invented; telephone numbers come from the ranges that the Australian ACMA and the Bundesnetzagentur keep
for films, addresses of e-mail from example.com.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from random import Random

    from .strict import Json

ORIGIN = "https://api.opensolar.com"
ORG_ID = 1
ORG_NAME = "Banksia & Holunder Solar"
FIRST_PROJECT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
BETWEEN_PROJECTS = timedelta(hours=37, minutes=11, seconds=7)

STAGES = 8
"""The document shows stages 0 and 1 and leaves their number open."""

STAGE_SOLD, STAGE_INSTALLED = 4, 6

EVENT_TYPES: dict[int, str] = {
    0: "Email Invitation Sent",
    1: "Customer Read Invitation Email",
    2: "Customer Viewed Online Proposal",
    3: "Customer Accepted Online Proposal",
    4: "Customer Made a Payment",
    20: "Call (outbound)",
    21: "Call (outbound, no answer)",
    22: "Call (inbound)",
    23: "Email (outbound)",
    24: "Email (inbound)",
    25: "SMS",
    26: "Instant Message",
    27: "In Person Meeting",
    28: "Appointment",
    29: "Activity (Miscellaneous)",
    30: "Busy",
    40: "On-site Installation",
    41: "On-site Maintenance Visit",
    42: "On-site Sales Visit",
    44: "System Changed",
    45: "Project Assigned",
    49: "Finance Application Accessed",
    50: "Finance Application Updated",
    51: "Docusign Contract Viewed",
    52: "Docusign Contract Completed",
    53: "Docusign Authentication Failed",
    54: "Docusign Account Disconnected",
    55: "Contact Missing Phone Number",
    56: "Project Stage Changed",
    57: "Docusign SMS Authentication disabled",
    59: "Finance Decision Updated",
    60: "Financed Project Status Updated",
    61: "Customer Signed Loan Agreement",
    62: "Loan Agreement Complete",
    63: "Docusign Contract Signed",
    64: "Docusign Contract Re-Created",
    65: "Docusign Countersigner Not Properly Configured",
    66: "Docusign Contract Reset",
    67: "Customer Signed Docusign Envelope",
    68: "Docusign Envelope Complete",
    71: "Proposal Acceptance Documents Emailed",
    72: "Notice to Proceed Issued",
    73: "Disbursement Complete",
    74: "All Stipulation Documents Uploaded",
    75: "Stipulation Cleared",
}
ROOF_TYPES = range(6, 25)
COUNTRIES = {"AU": "Australia", "DE": "Germany"}


class Town(NamedTuple):
    """A real place; the coordinates are those of its centre."""

    locality: str
    state: str
    zip: str
    country_iso2: str
    lat: float
    lon: float


TOWNS = (
    Town("Newtown", "NSW", "2042", "AU", -33.897, 151.179),
    Town("Footscray", "VIC", "3011", "AU", -37.800, 144.899),
    Town("Toowong", "QLD", "4066", "AU", -27.485, 152.983),
    Town("Fremantle", "WA", "6160", "AU", -32.057, 115.747),
    Town("Unley", "SA", "5061", "AU", -34.951, 138.605),
    Town("Hobart", "TAS", "7000", "AU", -42.882, 147.327),
    Town("Potsdam", "Brandenburg", "14467", "DE", 52.401, 13.058),
    Town("Dresden", "Sachsen", "01067", "DE", 51.054, 13.733),
    Town("Münster", "Nordrhein-Westfalen", "48143", "DE", 51.962, 7.626),
)
STREETS = {
    "AU": ("Wattle Street", "Banksia Road", "Kurrajong Avenue", "Magpie Lane", "Jacaranda Crescent"),
    "DE": ("Ahornweg", "Gartenstraße", "Lindenallee", "Mühlenweg", "Sonnenhang"),
}
FIRST_NAMES = {
    "AU": "Alinta Beau Callum Darcy Evie Fergus Isla Jarrah Kirra Lachlan Matilda Noah Orla Priya Tahlia".split(),
    "DE": "Frieda Hannes Ilse Jonas Katrin Lorenz Mira Nils Oda Paul Rosa Tilda Uwe Vera Yusuf".split(),
}
LAST_NAMES = {
    "AU": "Ashgrove Bellweather Coolabah Dunmarra Eastlake Fernbrook Gumnut Hartogson Nguyenfield O'Rourkedale".split(),
    "DE": "Ackerbusch Birkenau-Thoma Dornseif Fährmann Großkopf Hollerbeck Jägersfeld Löwentraut Rübsamen".split(),
}
LEAD_SOURCES = ("Website", "Door Knockers", "Referral", "Trade Fair", "")
MOBILES = ("0491570006", "0491570156", "0491570157", "0491570158", "0491570159", "0491570110")

USERS = (
    # first name, family name, job title, whether an administrator, whether a machine
    ("Robin", "Palmwood", "Sales Manager", True, False),
    ("Gridwire", "Machine", "Integration", True, True),
    ("Tess", "Wallaroo", "Sales Person", False, False),
    ("Anton", "Grünspan", "Installer", False, False),
)

OWN_FIELDS: Json = {
    "address": None,
    "assigned_installer_role": None,
    "assigned_role": None,
    "assigned_site_inspector_role": None,
    "business_identifier": "",
    "business_name": "",
    "contract_terms": "",
    "country_iso2": None,
    "county": None,
    "has_cellular_coverage": 0,
    "identifier": "",
    "installation_date": None,
    "is_residential": True,
    "lat": None,
    "lead_source": "",
    "locality": None,
    "lon": None,
    "meter_identifier": "",
    "notes": "",
    "number_of_phases": None,
    "number_of_storeys": None,
    "number_of_wires": None,
    "parcel_identifier": "",
    "payment_option_sold": None,
    "power_factor": None,
    "priority": 2,
    "proposal_content": "",
    "proposal_message": "",
    "roof_type": None,
    "serial_numbers_batteries": "",
    "serial_numbers_inverters": "",
    "serial_numbers_panels": "",
    "site_notes": "",
    "sold_date": None,
    "stage": 0,
    "state": None,
    "system_installed": None,
    "system_sold": None,
    "valid_until_date": None,
    "wind_region": None,
    "years_to_simulate": 20,
    "zip": None,
}
"""What somebody enters about a project; the defaults are those of the document's payload."""

CONTACT_FIELDS: Json = {
    "first_name": "",
    "family_name": "",
    "email": "",
    "phone": "",
    "date_of_birth": None,
    "gender": 0,
}


def stamp(moment: datetime) -> str:
    """A moment as most of OpenSolar writes it: 2020-11-20T00:37:49.023050Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def spaced(text: str | None) -> str | None:
    """The same moment as the events inside a project have some: 2020-11-20 02:36:31.019842+00:00."""
    return text and text.replace("T", " ").replace("Z", "+00:00")


def url(kind: str, id: int) -> str:
    """The address of a thing of the organisation."""
    return f"{ORIGIN}/api/orgs/{ORG_ID}/{kind}/{id}/"


def id_in(address: str) -> int:
    """The number at the end of an address."""
    return int(address.rstrip("/").rpartition("/")[2])


def relative(address: str) -> str:
    """The address as the payloads of contacts and events have it."""
    return address.removeprefix(ORIGIN)


def org() -> Json:
    """The organisation."""
    here = f"{ORIGIN}/api/orgs/{ORG_ID}/"
    return {"id": ORG_ID, "url": here, "name": ORG_NAME, "projects": f"{here}projects/"}


def role(id: int, user_id: int) -> Json:
    """A user's role in the organisation; here role and user have different ids, so that they are not mixed up."""
    first, last, title, is_admin, is_machine = USERS[id - 1]
    email = f"{first}.{last}@example.com".lower().replace("ü", "ue")
    return {
        "id": id,
        "email": email,
        "is_admin": is_admin,
        "user": f"{ORIGIN}/auth/users/{user_id}/",
        "user_email": email,
        "org": f"{ORIGIN}/api/orgs/{ORG_ID}/",
        "is_hidden": is_machine,
        "url": url("roles", id),
        "first_name": first,
        "family_name": last,
        "job_title": title,
        "accreditation": "",
        "user_phone": "",
        "display": f"{first} {last}",
        "phone": f"0255500{id:03}",
        "allow_email_notifications": not is_machine,
        "portrait_image": None,
        "google_calendar_id": None,
        "has_logged_in": True,
        "schedule_meeting_url": f"https://calendar.example.com/{first.lower()}",
        "schedule_meeting_label": "Schedule a time to discuss!",
        "api_key_chat": f"1234-567-11-{id:04}",
        "user_is_staff": False,
        "org_name": ORG_NAME,
    }


def customer(place: int, country: str, rng: Random) -> Json:
    """Somebody who does not exist."""
    return CONTACT_FIELDS | {
        "first_name": rng.choice(FIRST_NAMES[country]),
        "family_name": rng.choice(LAST_NAMES[country]),
        "email": f"customer{place}@example.com",
        "phone": rng.choice(MOBILES) if country == "AU" else f"+493023125{place % 1000:03}",
        "gender": rng.choice((0, 1, 2)),
    }


def site(rng: Random) -> dict[str, Any]:
    """A place for a project: its own fields, as far as the place decides them."""
    town = rng.choice(TOWNS)
    number, street = rng.randint(1, 140), rng.choice(STREETS[town.country_iso2])
    address = f"{number} {street}" if town.country_iso2 == "AU" else f"{street} {number}"
    return {"address": address, **town._asdict()}
