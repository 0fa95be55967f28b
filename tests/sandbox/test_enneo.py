from __future__ import annotations

import json
from base64 import urlsafe_b64decode

import pytest

from connectors.sandbox import CONNECTIONS, Enneo

CONTRACT = "/enneo/api/mind/contract"
TOKEN = CONNECTIONS["enneo"]["values"]["token"]
KEYS = (
    "id orderId tenant customerId signupDate status statusCode statusCodeTitle energy energyTypeId energySubTypeId "
    "email firstname lastname deliveryAddress iban monthlyDeposit startDate endDate consumption counterNumber "
    "productId productName productCode campaignId salesChannelId unpaidDebt vatRate basePrice workingPrice "
    "billingAddress business phone gridOperatorName gridOperatorCode registers erpUrls rawData agentPreview "
    "tabPreview"
).split()


@pytest.fixture
def get(outside, enneo):
    headers = {"authorization": f"Bearer {TOKEN}"}
    return lambda contract=746839, **query: outside.get(f"{CONTRACT}/{contract}", params=query, headers=headers)


@pytest.fixture
def do(outside, enneo):
    return lambda deed, /, **args: outside.post(f"/_do/enneo/{deed}", json=args)


def moved(before, after):
    return {key for key in before if before[key] != after[key]}


def refused(response, status, *words):
    assert response.status_code == status, response.text
    assert list(response.json()) == ["message"]
    for word in words:
        assert word in response.json()["message"]


def test_the_documents_example_is_there(get):
    answer = get()
    assert answer.status_code == 200
    contract = answer.json()
    assert list(contract) == KEYS
    assert (contract["signupDate"], contract["startDate"], contract["phone"]) == (1661126400, 1661990400, 491721041689)
    assert (contract["customerId"], contract["tenant"], contract["rawData"]) == ("123", None, None)
    assert contract["agentPreview"] == [
        {
            "label": "Tarif",
            "value": "Flex 24",
            "tooltip": "AP: 28.5 ct/kWh\nGP: 149.88 €/Jahr",
            "url": "https://erp.example.com/contract/123",
        }
    ]


def test_every_contract_has_the_documents_keys(get, enneo):
    assert len(enneo.kept) == 13
    for number in enneo.kept:
        contract = get(number).json()
        assert (list(contract), contract["id"]) == (KEYS, number)


def test_both_readings_of_the_types_are_met(get, enneo):
    doubtful = ("signupDate", "startDate", "phone", "gridOperatorCode")
    kinds = [{type(get(number).json()[key]) for key in doubtful} for number in enneo.kept]
    assert (kinds.count({int}), kinds.count({str})) == (7, 6)


def test_a_day_in_seconds_begins_in_utc(get, enneo):
    days = [get(number).json()["startDate"] for number in enneo.kept]
    assert all(day % 86400 == 0 for day in days if isinstance(day, int))
    assert all(len(day) == 10 for day in days if isinstance(day, str))


def test_ibans_have_right_check_digits(enneo):
    for contract in enneo.kept.values():
        iban = contract["iban"]
        assert iban is None or int(f"{iban[4:]}1314{iban[2:4]}") % 97 == 1


def test_raw_data_comes_when_asked_for(get):
    assert get(includeRawData="true").json()["rawData"]["vertragsnummer"] == 746839
    assert get(includeRawData="false").json()["rawData"] is None


def test_the_token_looks_like_a_jwt():
    header, payload, _ = TOKEN.split(".")
    assert [json.loads(urlsafe_b64decode(part + "==")) for part in (header, payload)] == [
        {"alg": "HS256", "typ": "JWT"},
        {"sub": "sandbox-enneo"},
    ]


@pytest.mark.parametrize("value", [None, "", TOKEN, "Bearer wrong", f"bearer {TOKEN}", f"Basic {TOKEN}"])
def test_any_other_credential_is_refused(outside, enneo, value):
    headers = {} if value is None else {"authorization": value}
    answer = outside.get(f"{CONTRACT}/746839", headers=headers)
    refused(answer, 401, "header authorization")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("id", ["1", "0746839", "746839.0", "746839x", "-746839", "\u0667", "\u00b2", "9" * 30])
def test_an_unknown_contract_is_not_found(get, id):
    refused(get(id), 404, "there is no contract")


@pytest.mark.parametrize("name", ["includeRawData", "refresh"])
@pytest.mark.parametrize("value", ["", "1", "True", "yes", "TRUE"])
def test_a_flag_is_true_or_false(get, name, value):
    refused(get(**{name: value}), 400, f"query parameter {name}: must be true or false")


@pytest.mark.parametrize(
    ("query", "name"), [("page=0", "page"), ("Refresh=true", "Refresh"), ("refresh=true&refresh=true", "refresh")]
)
def test_a_query_the_document_does_not_know_is_refused(outside, enneo, query, name):
    headers = {"authorization": f"Bearer {TOKEN}"}
    refused(outside.get(f"{CONTRACT}/746839?{query}", headers=headers), 400, f"query parameter {name}:")


def test_a_get_takes_no_body(outside, enneo):
    headers = {"authorization": f"Bearer {TOKEN}"}
    refused(outside.request("GET", f"{CONTRACT}/746839", json={}, headers=headers), 400, "body")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/enneo/", 404),
        ("GET", CONTRACT, 404),
        ("GET", f"{CONTRACT}/", 404),
        ("GET", f"{CONTRACT}/746839/", 404),
        ("GET", "/enneo/api/mind/contract/search/x", 404),
        ("GET", "/enneo/api/mind/ticket/1", 404),
        ("HEAD", f"{CONTRACT}/746839", 405),
        ("POST", f"{CONTRACT}/746839", 405),
        ("PATCH", f"{CONTRACT}/746839", 405),
        ("DELETE", f"{CONTRACT}/746839", 405),
    ],
)
def test_what_the_document_does_not_offer_is_not_there(outside, enneo, method, path, status):
    assert outside.request(method, path, headers={"authorization": f"Bearer {TOKEN}"}).status_code == status


def test_a_deposit_changes_alone(get, do):
    before = get().json()
    assert do("change-deposit").json()["contract"]["monthlyDeposit"] == 54
    after = get().json()
    assert (moved(before, after), after["monthlyDeposit"]) == ({"monthlyDeposit"}, 54)
    do("change-deposit", euros=80)
    assert get().json()["monthlyDeposit"] == 80


def test_a_change_in_the_erp_shows_when_it_is_fetched(get, do):
    do("change-deposit", euros=80, fetched=False)
    assert get().json()["monthlyDeposit"] == get(refresh="false").json()["monthlyDeposit"] == 53
    assert get(refresh="true").json()["monthlyDeposit"] == 80
    assert get().json()["monthlyDeposit"] == 80


def test_everything_is_fetched_by_a_deed(get, do, enneo):
    last = max(enneo.erp)
    do("change-deposit", id=last, euros=7, fetched=False)
    assert get(last).json()["monthlyDeposit"] != 7
    assert do("fetch-all").json() == {"fetched": 13}
    assert get(last).json()["monthlyDeposit"] == 7


def test_a_tariff_changes_within_its_energy(get, do, enneo):
    for number in enneo.erp:
        before = get(number).json()
        do("change-tariff", id=number)
        after = get(number).json()
        assert {"productId", "productName", "productCode", "agentPreview"} <= moved(before, after)
        assert after["agentPreview"][0]["value"] == after["productName"]
        assert (after["energy"] == "gas") == (after["productId"] > 3)


def test_a_contract_ends(get, do):
    before = get().json()
    do("end-contract", id=746839, date="2027-12-31")
    after = get().json()
    assert moved(before, after) == {"status", "statusCode", "statusCodeTitle", "endDate"}
    assert (after["status"], after["endDate"]) == ("ended", "2027-12-31")


def test_a_deleted_contract_is_gone(get, do):
    assert do("delete-contract", id=746839).json() == {"deleted": 746839}
    refused(get(), 404)
    refused(get(refresh="true"), 404)
    assert do("delete-contract", id=746839).status_code == 404


def test_a_revoked_token_opens_nothing_until_reset(get, do):
    do("revoke-token")
    refused(get(), 401)
    do("reset")
    assert get().status_code == 200


@pytest.mark.parametrize(
    ("deed", "args", "field"),
    [
        ("change-deposit", {"id": "746839"}, "id"),
        ("change-deposit", {"euros": -1}, "euros"),
        ("change-deposit", {"euros": 1.5}, "euros"),
        ("change-tariff", {"fetched": "no"}, "fetched"),
        ("end-contract", {"id": 746839}, "date: is required"),
        ("end-contract", {"id": 746839, "date": "2027-13-01"}, "date: must be a day that exists"),
        ("delete-contract", {}, "id: is required"),
        ("fetch-all", {"id": 746839}, "id: is not known here"),
    ],
)
def test_wrong_arguments_are_named(do, deed, args, field):
    refused(do(deed, **args), 400, field)


@pytest.mark.parametrize("deed", ["change-deposit", "change-tariff", "delete-contract"])
def test_an_unknown_contract_names_those_there_are(do, enneo, deed):
    refused(do(deed, id=1), 404, "no contract has the id 1; there are 746839, 746850")
    enneo.erp.clear()
    refused(do(deed, id=1), 404, "there are none")


def test_deeds_are_listed_one_a_line(outside, enneo, autarc):
    listed = outside.get("/_do/").text.splitlines()
    assert len(listed) == len(enneo.deeds()) + len(autarc.deeds())
    assert all(line.startswith("POST ") for line in listed)


def test_a_contract_changes_between_two_readings(get, outside, enneo):
    fault = {"fault": "between_pages", "do": "change-deposit", "times": 2}
    assert outside.post("/_faults/enneo", json=fault).status_code == 201
    assert [get().json()["monthlyDeposit"] for _ in range(4)] == [53, 54, 55, 55]


def test_the_same_seed_gives_the_same_people_and_another_others():
    first, again, other = Enneo(seed=1), Enneo(seed=1), Enneo(seed=2)
    assert first.kept == again.kept
    assert first.kept != other.kept
    assert first.kept[746839] == other.kept[746839]


def test_the_ready_connection_is_plain_data():
    values = {"token": TOKEN, "testContractId": "746839"}

    assert CONNECTIONS["enneo"] == {"path": "/enneo", "values": values, "hosts": {}}
