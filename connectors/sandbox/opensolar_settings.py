"""The settings of OpenSolar's organisations: what there is of them, which bodies update them, what filters their lists.

Their rows have the keys of the document's samples, in its order.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import create_model

from .opensolar_bodies import JsonText, Number, Whole
from .opensolar_data import FIRST_PROJECT, ORG_ID, ORIGIN, stamp, url
from .strict import Json, Strict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PER = ("per_system", "per_panel", "per_watt")
COSTS = (
    *("supplier_shipping", "racking", "bos", "job_site_shipping_and_warehousing", "labor", "allocation_of_lead_gen"),
    *("allocation_of_salary", "commission", "project_management", "design_drawings", "permit_costs", "other_costs"),
    "presale_software_and_design",
    *(f"roof_type_adder_{number}_cost" for number in range(1, 6)),
    *("storeys_two_cost", "storeys_three_plus_cost", "steep_pitch_1_cost", "steep_pitch_2_cost"),
    *("split_array_layout_cost", "tilt_rack_cost"),
)
AMOUNTS: dict[str, float] = {
    **{f"{cost}_{per}": 0.0 for cost in COSTS for per in PER},
    "commission_percentage_of_cogs_and_labor": 0.0,
    "steep_pitch_1_slope": 25,
    "steep_pitch_2_slope": 40,
}
ADDER_ROOFS = tuple(f"roof_type_adder_{number}_roof_type" for number in range(1, 6))

FORMULAS = ("Markup Percentage", "Price Per Watt", "Price Per Watt By Size", "Fixed Price")
PAYMENT_TYPES = ("cash", "loan", "loan_advanced", "ppa", "regular_payment", "lease")
TRUE_FALSE = {"true": True, "false": False}


class Setting(NamedTuple):
    """A kind of setting: `filters` say which texts a query parameter takes, and what each stands for in a row."""

    body: type[Strict]
    rows: Callable[[], Iterable[Json]]
    filters: dict[str, dict[str, Any] | type[int]] = {}


class PricingScheme(Strict):
    """Body of an update; the fifth formula stands in the document's sample, not in its list."""

    title: str = ""
    priority: Whole = 0
    pricing_formula: Literal[
        "Markup Percentage",
        "Price Per Watt",
        "Price Per Watt By Size",
        "Fixed Price",
        "Price Per Module/Inverter/Battery",
    ] = "Fixed Price"
    configuration_json: JsonText = ""
    auto_apply_enabled: bool = False
    auto_apply_only_specified_states: str | None = None
    auto_apply_only_specified_zips: str | None = None
    is_archived: bool = False


class PaymentOption(Strict):
    """Body of an update."""

    utility_tariff_override: str | None = None
    is_archived: bool = False
    payment_type: Literal["cash", "loan", "loan_advanced", "ppa", "regular_payment", "lease"] = "cash"
    title: str = ""
    priority: Whole = 0
    configuration_json: JsonText = ""
    description: str = ""
    integration_external_reference: str | None = None
    auto_apply_enabled: bool = False
    use_highest_standard_system_price: bool = False
    auto_discount: bool = False
    auto_apply_only_specified_states: str | None = None
    auto_apply_only_specified_zips: str | None = None
    contract_template: str = ""


COSTING_FIELDS: dict[str, Any] = {
    "title": (str, ""),
    "description": (str, ""),
    "priority": (bool, True),
    **dict.fromkeys(ADDER_ROOFS, (str | None, None)),
    **dict.fromkeys(AMOUNTS, (Number, 0)),
}
Costing = create_model("Costing", __base__=Strict, **COSTING_FIELDS)


class OtherActivation(Strict):
    """Body of an update; what all kinds of components share."""

    manufacturer_name: str = ""
    cost: Number = 0
    price_adjustment: Number = 0
    quantity: Whole = 0
    data: JsonText = ""
    code: str = ""
    is_archived: bool = False
    product_warranty: Number | None = None


class ModuleActivation(OtherActivation):
    """Body of an update."""

    is_default: bool = False
    performance_warranty: Number | None = None


class InverterActivation(OtherActivation):
    """Body of an update."""

    is_default: bool = False
    additional_parts_warranty: Number | None = None


def _pricing_schemes() -> Iterable[Json]:
    amounts = [("Markup Percentage", {"markup_percentage": 25}), ("Price Per Watt", {"price_per_watt": 1.4})]
    amounts += [("Price Per Module/Inverter/Battery", {"price_per_module": 500, "price_per_inverter": 1000})]
    for number, (formula, amount) in enumerate(amounts, start=1):
        yield {
            "url": url("pricing_schemes", number),
            "org": f"{ORIGIN}/api/orgs/{ORG_ID}/",
            "is_archived": False,
            "pricing_formula": formula,
            "title": f"by {formula.lower()}",
            "priority": number,
            "configuration_json": _compact({**amount, "tax_percentage_included": 10}),
            **_dates(),
            "auto_apply_enabled": number == 1,
            "auto_apply_only_specified_states": None,
            "auto_apply_only_specified_zips": None,
            "id": number,
        }


def _payment_options() -> Iterable[Json]:
    for number, kind in enumerate(PAYMENT_TYPES, start=1):
        yield {
            "url": url("payment_options", number),
            "org": f"{ORIGIN}/api/orgs/{ORG_ID}/",
            "utility_tariff_override": None,
            "is_archived": False,
            "payment_type": kind,
            "title": kind.replace("_", " ").capitalize(),
            "priority": number,
            "configuration_json": _compact({"collect_signature": True, "down_payment_percentage": 10}),
            "description": "",
            "integration_external_reference": None,
            **_dates(),
            "auto_apply_enabled": number <= 2,
            "use_highest_standard_system_price": True,
            "auto_discount": True,
            "auto_apply_only_specified_states": None,
            "auto_apply_only_specified_zips": None,
            "contract_template": "",
            "id": number,
        }


def _costings() -> Iterable[Json]:
    for number, title in enumerate(("Default Project Configuration", "Steep roofs"), start=1):
        yield {
            "url": url("costings", number),
            "org": f"{ORIGIN}/api/orgs/{ORG_ID}/",
            **dict.fromkeys(ADDER_ROOFS),
            "title": title,
            "description": "Default settings ready for customization.",
            "priority": number == 1,
            **_dates(),
            **AMOUNTS,
            "id": number,
        }


def _modules() -> Iterable[Json]:
    return _activations("module", ["PLW-330M", "PLW-410M", "KRB-440"], {"kw_stc": 0.33, "technology": "Mono-c-Si"})


def _inverters() -> Iterable[Json]:
    return _activations("inverter", ["WMB-5K [240V]", "WMB-8K [400V]"], {"efficiency": 96.0, "microinverter": "N"})


def _batteries() -> Iterable[Json]:
    return _activations("battery", ["WLB-5.4 (240V)", "WLB-10.8 (240V)"], {"kwh_optimal": 6.4, "voltage": 240.0})


def _others() -> Iterable[Json]:
    for row in _activations("other", ["dc_isolator"], {"show_customer": True, "description": ""}):
        yield row | {"other": None, "other_id": None, "cost": 100.0}


def _activations(kind: str, codes: list[str], about: Json) -> Iterable[Json]:
    plural = {"battery": "component_batteries"}.get(kind, f"component_{kind}s")
    more: Json = {
        "module": {"is_default": False, "performance_warranty": None, "logo": f"{ORIGIN}/static/s3_local/logo"},
        "inverter": {"is_default": False, "additional_parts_warranty": None, "logo": f"{ORIGIN}/static/s3_local/logo"},
    }
    for number, code in enumerate(codes, start=1):
        maker = "" if kind == "other" else "Pretend Solarworks"
        yield {
            "org": f"{ORIGIN}/api/orgs/{ORG_ID}/",
            kind: f"{ORIGIN}/api/{plural}/{8500 + number}/",
            f"{kind}_id": 8500 + number,
            "manufacturer_name": maker,
            "cost": 0.0,
            "price_adjustment": 0.0,
            "quantity": 0,
            "data": json.dumps({"code": code, **about, "product_warranty": None, "manufacturer_name": maker}),
            "code": code,
            "id": number,
            "url": url(f"component_{kind}_activations", number),
            "_sku": code if kind == "module" else "",
            "is_archived": False,
            "product_warranty": None,
            **more.get(kind, {}),
        }


def _dates() -> Json:
    return {"created_date": stamp(FIRST_PROJECT), "modified_date": stamp(FIRST_PROJECT)}


def _compact(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))


SETTINGS: dict[str, Setting] = {
    "pricing_schemes": Setting(
        PricingScheme,
        _pricing_schemes,
        {
            "priority": int,
            "auto_apply_enabled": TRUE_FALSE,
            "pricing_formula": {name: name for name in FORMULAS},
        },
    ),
    "payment_options": Setting(
        PaymentOption,
        _payment_options,
        {
            "priority": int,
            "auto_apply_enabled": TRUE_FALSE,
            "payment_type": {name: name for name in PAYMENT_TYPES},
        },
    ),
    "costings": Setting(Costing, _costings, {"priority": TRUE_FALSE}),
    "component_module_activations": Setting(ModuleActivation, _modules),
    "component_inverter_activations": Setting(InverterActivation, _inverters),
    "component_battery_activations": Setting(OtherActivation, _batteries),
    "component_other_activations": Setting(OtherActivation, _others),
}
