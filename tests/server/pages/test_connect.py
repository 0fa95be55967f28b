"""The page behind a link, as an office manager's browser uses it."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from connectors.components.http import Response
from connectors.service.service import opened
from tests.server.conftest import APP, SEAL

GERMAN = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"}
VOID = {"meta", "input", "br", "link"}


class Page(HTMLParser):
    """Reads a page strictly: what is opened is closed, no id twice, every label and description has its box."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.feed(text)
        self.close()
        assert self.open == []
        self.ids = [facts["id"] for _, facts in self.tags if "id" in facts]
        assert len(self.ids) == len(set(self.ids))
        pointed = [facts["for"] for _, facts in self.tags if "for" in facts]
        pointed += [one for _, facts in self.tags for one in facts.get("aria-describedby", "").split()]
        assert set(pointed) <= set(self.ids)
        assert {facts["id"] for facts in self.boxes} <= set(pointed)

    def handle_starttag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs))
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, *tags: str) -> list[dict]:
        return [facts for tag, facts in self.tags if tag in tags]

    @property
    def boxes(self) -> list[dict]:
        return [box for box in self.all("input", "select", "textarea") if box.get("type") != "hidden"]


@pytest.fixture
def link(client):
    """Makes a link; gives the path of its page."""

    def make(connector="acme", name="north"):
        answer = client.post("/v1/connect-links", json={"connector": connector, "name": name})
        assert answer.status_code == 200, answer.text
        return urlsplit(answer.json()["url"]).path

    return make


@pytest.fixture
def submit(nobody, acme):
    return lambda path, headers=None, **values: nobody.post(path, data=values, headers=headers)


def connection(client, name="north"):
    return next((one for one in client.get("/v1/connections").json()["items"] if one["name"] == name), None)


@pytest.fixture(autouse=True)
def _nothing_left(data, catalog):
    """Takes the connections away that a test made."""
    yield

    async def clean():
        async with opened(data, [SEAL], catalog) as service:
            workspace = await service.keys.workspace("default")
            await service.oauth_apps.remove(workspace, "club")
            for stored in await service.connections.listed(workspace):
                if stored.name in ("north", "members"):
                    await service.connections.remove(workspace, stored.id)

    asyncio.run(clean())


def test_a_form_is_shown_as_often_as_one_likes(link, nobody):
    path = link()

    for _ in range(2):
        answer = nobody.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    boxes = {box["name"]: box for box in Page(answer.text).boxes}
    assert [boxes["account"]["type"], boxes["token"]["type"]] == ["text", "password"]
    assert all("required" in box for box in boxes.values())


def test_what_is_entered_is_tested_and_kept_and_the_link_is_used_up(link, submit, client, acme, nobody):
    path = link()

    answer = submit(path, account=" north ", token="acme-new-token\r\n")

    assert (answer.status_code, "You can close this window" in answer.text) == (200, True)
    assert [request.headers["X-Token"] for request in acme.asked] == ["acme-new-token"]
    assert connection(client)["state"] == "ok"
    assert client.post("/v1/connections/north/test").status_code == 200
    assert nobody.get(path).status_code == submit(path, account="a", token="b").status_code == 404


def test_a_link_that_was_used_is_like_one_that_never_was(link, submit, nobody):
    path = link()
    submit(path, account="north", token="acme-new-token")

    used, unknown = nobody.get(path), nobody.get("/connect/unknown")

    assert (used.status_code, used.text) == (unknown.status_code, unknown.text)
    assert "used or has expired" in used.text


def test_a_link_ends_after_a_day(link, nobody, client, monkeypatch):
    assert client.post("/v1/connect-links", json={"connector": "acme", "name": "x"}).json()["expires_at"]
    monkeypatch.setattr("connectors.server.pages.connect.LASTS", 0.0)

    assert nobody.get(link()).status_code == 404


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(link, submit, client, acme):
    answer = submit(link(), account="north & <south>", token="", headers=GERMAN)

    boxes = {box["name"]: box for box in Page(answer.text).boxes}
    assert answer.status_code == 422
    assert boxes["account"]["value"] == "north & <south>"
    assert (boxes["token"]["aria-invalid"], boxes["token"]["aria-describedby"]) == ("true", "way-token-error")
    assert "Bitte ausfüllen." in answer.text
    assert not acme.asked
    assert connection(client) is None


def test_a_secret_is_never_shown_again(link, submit, acme):
    acme.answers(401, b'{"message": "wrong acme-typed-token"}')

    answer = submit(link(), account="north", token="acme-typed-token")

    assert answer.status_code == 422
    assert "acme-typed-token" not in answer.text
    assert 'value="north"' in answer.text


def test_what_the_vendor_refuses_is_said_in_its_words_and_she_can_try_again(link, submit, client, acme):
    path = link()
    acme.answers(401, json.dumps({"message": "This key & <img src=x>"}).encode())
    refused = submit(path, account="north", token="acme-old-token")
    acme.reset()

    assert (refused.status_code, "Acme does not accept this" in refused.text) == (422, True)
    assert "This key &amp; &lt;img src=x&gt;" in refused.text
    assert "<img" not in refused.text
    assert Page(refused.text).all("div")[0].items() >= {"role": "alert", "tabindex": "-1"}.items()
    assert connection(client) is None
    assert submit(path, account="north", token="acme-new-token").status_code == 200


@pytest.mark.parametrize(
    ("status", "words"), [(503, "too much to do"), (500, "cannot be reached, or does not work"), (403, "not accept")]
)
def test_whose_fault_it_is_is_said(link, submit, acme, monkeypatch, status, words):
    monkeypatch.setattr("connectors.components.retry.ATTEMPTS", 1)
    acme.answers(status)

    answer = submit(link(), account="north", token="acme-old-token")

    assert (answer.status_code, words in answer.text) == (422, True)


def test_a_connection_that_is_there_is_changed_only_if_the_new_values_work(link, submit, client, acme):
    submit(link(), account="north", token="acme-first-token")
    before, path = connection(client), link()
    acme.answers(401)
    submit(path, account="north", token="acme-wrong-token")
    acme.reset()
    client.post("/v1/connections/north/test")
    submit(path, account="north", token="acme-second-token")
    client.post("/v1/connections/north/test")

    sent = [request.headers["X-Token"] for request in acme.asked]
    assert sent == ["acme-first-token", "acme-second-token", "acme-second-token"]
    assert connection(client)["id"] == before["id"]


def test_of_two_at_once_one_wins(link, nobody, client):
    path = link()
    with ThreadPoolExecutor(4) as pool:
        sent = [{"account": "north", "token": f"acme-token-{number}"} for number in range(4)]
        statuses = list(pool.map(lambda values: nobody.post(path, data=values).status_code, sent))

    assert sorted(statuses) == [200, 404, 404, 404]


def test_a_link_is_not_for_guessing_keys(link, submit, acme, monkeypatch):
    monkeypatch.setattr("connectors.server.pages.connect._TRIES", 2)
    acme.answers(401)
    path = link()

    statuses = [submit(path, account="north", token=f"acme-guess-{number}").status_code for number in range(4)]

    assert statuses == [422, 422, 404, 404]
    assert len(acme.asked) == 2


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_a_form_on_another_site_is_refused(link, submit, client, acme, headers):
    answer = submit(link(), headers=headers, account="north", token="acme-new-token")

    assert (answer.status_code, "Another website" in answer.text) == (400, True)
    assert not acme.asked


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Sec-Fetch-Site": "none"}])
def test_a_browser_that_keeps_the_referrer_to_itself_is_ours(link, submit, headers):
    assert submit(link(), headers=headers, account="north", token="acme-new-token").status_code == 200


@pytest.mark.parametrize(
    ("content", "type", "status"),
    [
        (b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"{}", "application/json", 415),
        (b"\xff=1", "application/x-www-form-urlencoded", 415),
        (b"&".join([b"a=1"] * 1000), "application/x-www-form-urlencoded", 415),
    ],
)
def test_what_is_no_form_is_refused_as_a_page(link, nobody, content, type, status):
    answer = nobody.post(link(), content=content, headers={"Content-Type": type})

    assert (answer.status_code, "This cannot be read" in answer.text) == (status, True)


def test_the_page_speaks_the_reader_s_language(link, nobody):
    path = link()
    pages = [
        nobody.get(path, headers={"Accept-Language": text}) for text in ("de-AT, en;q=0.8", "fr", "en;q=1, de;q=.5")
    ]

    assert [page.headers["content-language"] for page in pages] == ["de", "en", "en"]
    assert "Acme verbinden" in pages[0].text
    assert Page(pages[0].text).all("html") == [{"lang": "de"}]


def test_every_way_to_sign_in_has_a_form_and_what_is_in_it_is_text(link, nobody, client):
    client.put("/v1/oauth-apps/club", json=APP)

    answer = nobody.get(link("club", "members"))

    page = Page(answer.text)
    assert [box["name"] for box in page.boxes] == ["city", "plan", "city", "plan", "member", "password"]
    assert [box["value"] for box in page.all("input") if box["type"] == "hidden"] == ["browser", "password"]
    assert "Club &amp; &lt;Co&gt;" in answer.text
    assert "Large &amp; &lt;fast&gt;" in answer.text
    assert "<Co>" not in answer.text
    assert "form-action" not in answer.headers["content-security-policy"]  # browsers would stop the way to the vendor


def test_without_an_app_nobody_is_asked_to_sign_in_in_the_browser(link, nobody, client):
    client.delete("/v1/oauth-apps/club")

    answer = nobody.get(link("club", "members"))

    assert "Sign in at" not in answer.text
    assert "form-action 'self'" in answer.headers["content-security-policy"]


def test_a_choice_is_kept_as_it_is_meant(link, submit, client, acme):
    path = link("club", "members")
    wrong = submit(path, auth="password", city="kiel", plan="2", member="no address", password="pa ss")

    assert (wrong.status_code, "&#39;member&#39; must be a valid email" in wrong.text) == (422, True)
    assert [option for option in Page(wrong.text).all("option") if "selected" in option] == [
        {"value": "2", "selected": None}
    ]
    assert submit(path, auth="password", city="kiel", plan="2", member="a@b.de", password="pa ss").status_code == 200


def test_a_value_that_leads_elsewhere_is_refused(link, submit, acme):
    answer = submit(link("club", "members"), city="evil.example/", member="a@b.de", password="pass")

    assert (answer.status_code, "part of a host" in answer.text) == (422, True)
    assert not acme.asked


def test_signing_in_leads_through_the_start_with_what_was_entered(link, nobody, client):
    client.put("/v1/oauth-apps/club", json=APP)
    path = link("club", "members")

    answer = nobody.post(path, data={"auth": "browser", "city": "kiel"})
    away = nobody.get(urlsplit(answer.headers["location"]).path)

    assert (answer.status_code, away.status_code) == (303, 303)
    assert away.headers["location"].startswith(
        "https://login.club.example/authorize?response_type=code&client_id=club-"
    )
    assert nobody.get(path).status_code == 200
    assert connection(client, "members") is None


def test_whoever_is_refused_can_try_again_with_the_same_link(link, nobody, client):
    client.put("/v1/oauth-apps/club", json=APP)
    path = link("club", "members")
    away = nobody.get(urlsplit(nobody.post(path, data={"auth": "browser", "city": "kiel"}).headers["location"]).path)
    state = dict(pair.split("=") for pair in urlsplit(away.headers["location"]).query.split("&"))["state"]

    answer = nobody.get("/oauth/callback", params={"state": state, "error": "<script>alert(1)</script>"})

    assert (answer.status_code, "<script>" in answer.text) == (424, False)
    assert "&lt;script&gt;" in answer.text
    assert Page(answer.text).all("a") == [{"href": f"http://127.0.0.1:8710{path}"}]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"connector": "acmee", "name": "x"}, "connector"),
        ({"connector": "acme", "name": "a/b"}, "name"),
        ({"connector": "acme", "name": "<b>\n"}, "name"),
        ({"connector": "acme", "name": "club-1"}, "name"),
        ({"connector": "acme"}, "name"),
    ],
)
def test_a_link_is_made_for_what_can_be_connected(client, asked, field):
    problem = client.post("/v1/connect-links", json=asked).json()

    assert (problem["status"], problem["field"]) == (422, field)


def test_a_name_is_text(link, nobody):
    answer = nobody.get(link("acme", '"><script>alert(1)<script>'.replace("/", "")))

    assert "<script>" not in answer.text
    assert "&#34;&gt;&lt;script&gt;" in answer.text


def test_what_nobody_expected_is_a_page_with_a_number(link, nobody, acme, caplog):
    def broken(request) -> Response:
        raise RuntimeError(request.headers["X-Token"])

    acme.answer = broken

    answer = nobody.post(link(), data={"account": "n", "token": "acme-typed-token"})

    assert (answer.status_code, answer.headers["x-request-id"] in answer.text) == (500, True)
    assert "acme-typed-token" not in answer.text + caplog.text
