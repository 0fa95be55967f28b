"""The system designs of the pretend OpenSolar: as its list shows them, and in detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .opensolar_data import ORG_ID, ORIGIN, url

if TYPE_CHECKING:
    from random import Random

    from .strict import Json

MAKER = "Pretend Solarworks"
MODULES = (("PLW-330M", 330), ("PLW-410M", 410), ("KRB-440", 440))
"""Code and watts; their activations have the ids 1, 2, 3."""


def design(id: int, uuid: str, project: str, order: int, rng: Random) -> Json:
    """A system nobody has sold yet; prices are per watt, 10 % tax included."""
    system: Json = {
        "id": id,
        "url": url("systems", id),
        "name": f"System {order + 1}",
        "uuid": uuid.upper(),
        "order": order,
        "system_lifetime": 20,
        "inverter_range": None,
        "dc_optimizer_active": False,
        "dc_optimizer_efficiency": 1.0,
        "show_customer": True,
        "is_current": order == 0,
        "auto_string": True,
        "discount": 0.0,
        "adders_per_system": 0.0,
        "adders_per_panel": 0.0,
        "adders_per_watt": 0.0,
        "kw_stc": 0.0,
        "battery_total_kwh": 0.0,
        "price_including_tax": 0.0,
        "price_excluding_tax": 0.0,
        "net_profit": 0.0,
        "module_quantity": 0,
        "co2_tons_lifetime": 0.0,
        "project": project,
        "org": f"{ORIGIN}/api/orgs/{ORG_ID}/",
        "pricing_scheme": url("pricing_schemes", 1),
        "output_annual_kwh": 0,
        "consumption_offset_percentage": 0,
        "modules": [],
        "inverters": [_part("inverter", 1, "WMB-5K [240V]", 1)],
        "batteries": [_part("battery", 1, "WLB-5.4 (240V)", 1)] if rng.random() < 0.5 else [],
        "others": [],
    }
    lay(system, rng.randrange(len(MODULES)), rng.randint(10, 30))
    return system


def lay(system: Json, kind: int, quantity: int) -> None:
    """Put these modules on the roof, and reckon anew what follows from it."""
    code, watts = MODULES[kind]
    kilowatts = round(quantity * watts / 1000, 3)
    battery = 5.4 * len(system["batteries"])
    price = round(kilowatts * 1400 + battery * 900, 2)
    system |= {
        "modules": [_part("module", kind + 1, code, quantity)],
        "module_quantity": quantity,
        "kw_stc": kilowatts,
        "battery_total_kwh": battery,
        "price_including_tax": price,
        "price_excluding_tax": round(price / 1.1, 2),
        "net_profit": round(price * 0.2, 2),
        "output_annual_kwh": round(kilowatts * 1350),
        "co2_tons_lifetime": round(kilowatts * 23.9, 2),
        "consumption_offset_percentage": min(100, round(kilowatts * 12)),
    }


def details(system: Json) -> Json:
    """The same system as "Systems Details" has it."""
    parts = {
        "modules": system["modules"],
        "inverters": system["inverters"],
        "batteries": system["batteries"],
        "other_components": system["others"],
    }
    quantity = system["module_quantity"]
    return {
        "kw_stc": system["kw_stc"],
        "uuid": system["uuid"],
        "id": system["id"],
        "name": f"{system['name']} ({system['kw_stc']} kW)",
        **{kind: [_without_activation(part) for part in those] for kind, those in parts.items()},
        "total_module_quantity": quantity,
        "adders": [{"label": "Scaffold", "total_value": 20.0, "total_cost": 0, "show_customer": False, "quantity": 1}],
        "module_groups": [{"module_quantity": quantity, "azimuth": 7, "slope": 20.0, "layout": "portrait"}],
        "incentives": [{"paid_to_customer": True, "value": 884, "title": "Pretend rebate"}],
        "data": {},
    }


def _part(kind: str, activation: int, code: str, quantity: int) -> Json:
    """A component; the document shows one of a module, the others are like it."""
    return {f"{kind}_activation_id": activation, "code": code, "manufacturer_name": MAKER, "quantity": quantity}


def _without_activation(part: Json) -> Json:
    return {name: part[name] for name in ("manufacturer_name", "code", "quantity")}
