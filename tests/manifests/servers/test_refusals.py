"""What the pretend APIs refuse, and in which words: whatever their documentation does not name."""

from __future__ import annotations

from base64 import b64encode

import httpx
import pytest

from tests.manifests.servers import github, jira, notion, stripe

ISSUES = f"/repos/{github.BIG}/issues"
PAGES = f"/v1/databases/{notion.PROJECTS}/query"
COMMENTS = f"/rest/api/3/issue/{jira.BUSY}/comment"
EXPORT = "/api/v2/incremental/tickets.json"


# Who is let in.


@pytest.mark.parametrize(
    ("name", "path", "status", "words"),
    [
        ("github", "/user/repos", 401, "Requires authentication"),
        ("stripe", "/v1/customers", 401, "You did not provide an API key"),
        ("notion", "/v1/users", 401, "API token is invalid."),
        ("jira", "/rest/api/3/project/search", 401, "Client must be authenticated"),
        ("zendesk", "/api/v2/tickets", 401, "Couldn't authenticate you"),
    ],
)
def test_a_credential_is_needed(api, name, path, status, words):
    def answer(*given):
        return httpx.get(f"{api(name).address}{path}", headers={"accept": "application/json", **dict(given)})

    basic = answer(("authorization", "Basic " + b64encode(b"nobody:wrong").decode()))

    assert words in answer().text
    assert [each.status_code for each in (answer(), basic, answer(("authorization", "Bearer wrong")))] == [status] * 3


def test_stripe_takes_the_key_as_a_bearer_token_too(api):
    answer = api("stripe").get("/v1/customers", headers={"authorization": f"Bearer {stripe.KEY}"}, auth=None)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("name", "path", "headers", "status", "words"),
    [
        ("github", "/user/repos", {"x-github-api-version": "2019-01-01"}, 400, "not a supported version"),
        ("github", "/user/repos", {"accept": "text/html"}, 415, "Must accept 'application/json'"),
        ("github", "/user/repos", {"user-agent": ""}, 403, "User-Agent"),
        ("notion", "/v1/users", {"notion-version": "2025-09-03"}, 400, "Notion-Version header failed validation"),
        ("stripe", "/v1/customers", {"stripe-version": "latest"}, 400, "Invalid Stripe API version"),
        ("zendesk", "/api/v2/tickets", {"accept": "*/*"}, 406, "Accept: application/json"),
    ],
)
def test_headers_are_as_documented(api, name, path, headers, status, words):
    answer = api(name).get(path, headers=headers)

    assert answer.status_code == status
    assert words in answer.text


def test_notion_needs_a_version(api):
    answer = httpx.get(f"{api('notion').address}/v1/users", headers={"authorization": f"Bearer {notion.TOKEN}"})

    assert (answer.status_code, answer.json()["code"]) == (400, "missing_version")


# What is refused.


@pytest.mark.parametrize(
    ("name", "path", "status", "words"),
    [
        ("github", "/user/repos?limit=5", 422, '"field":"limit","code":"custom"'),
        ("github", "/user/repos?per_page=101", 422, '"field":"per_page","code":"invalid"'),
        ("github", "/user/repos?type=all&visibility=all", 422, "cannot specify type"),
        ("github", f"{ISSUES}?since=2024-01-01", 422, '"field":"since","code":"invalid"'),
        ("github", f"{ISSUES}?state=open&state=closed", 422, '"field":"state"'),
        ("github", f"{ISSUES}/999", 404, "Not Found"),
        ("github", "/repos/mona-solar/none/issues", 404, "Not Found"),
        ("stripe", "/v1/customers?page=2", 400, '"code":"parameter_unknown","param":"page"'),
        ("stripe", "/v1/customers?limit=101", 400, '"code":"parameter_invalid_integer","param":"limit"'),
        ("stripe", "/v1/customers?created[since]=1", 400, '"param":"created[since]"'),
        ("stripe", "/v1/customers?created[gte]=2024-01-01", 400, '"param":"created[gte]"'),
        ("stripe", "/v1/customers?starting_after=cus_no", 400, "No such customer: 'cus_no'"),
        ("stripe", "/v1/customers/cus_no", 404, '"code":"resource_missing","param":"id"'),
        ("stripe", "/v1/invoices?customer=cus_no", 400, '"param":"customer"'),
        ("notion", "/v1/users?page=2", 400, "query.page should be not present"),
        ("notion", "/v1/users?page_size=101", 400, "query.page_size should be"),
        ("notion", "/v1/users?start_cursor=2", 400, "query.start_cursor should be a valid uuid"),
        ("jira", "/rest/api/3/project/search?page=2", 400, '"errors":{"page"'),
        ("jira", "/rest/api/3/project/search?startAt=x", 400, '"errors":{"startAt"'),
        ("jira", "/rest/api/3/issue/ROOF-99", 404, "Issue does not exist"),
        ("jira", "/rest/api/3/issue/ROOF-99/comment", 404, "Issue does not exist"),
        ("jira", "/rest/api/3/attachment/content/1", 404, '"errorMessages":["The attachment'),
        ("zendesk", EXPORT, 400, '"error":"BlankValue"'),
        ("zendesk", f"{EXPORT}?start_time=2024-01-01", 400, '"details":{"start_time"'),
        ("zendesk", f"{EXPORT}?start_time=99999999999", 422, "Too recent start_time"),
        ("zendesk", "/api/v2/tickets?page=2&page[size]=5", 400, '"details":{"page"'),
        ("zendesk", "/api/v2/tickets?page[size]=5&page[after]=x", 400, "The cursor is not valid"),
        ("zendesk", "/api/v2/organizations?page=101", 400, "InvalidPaginationDepth"),
        ("zendesk", "/api/v2/organizations/1/users", 404, "RecordNotFound"),
    ],
)
def test_a_reading_keeps_to_the_documentation(api, name, path, status, words):
    answer = api(name).get(path)

    assert answer.status_code == status
    assert words in answer.text


TITLE = {"Name": {"title": [{"text": {"content": "x"}}]}}
PARENT = {"database_id": notion.PROJECTS}


@pytest.mark.parametrize(
    ("name", "method", "path", "body", "status", "words"),
    [
        ("github", "POST", ISSUES, {}, 422, '"field":"title","code":"missing_field"'),
        ("github", "POST", ISSUES, {"title": "x", "text": "y"}, 422, '"field":"text"'),
        ("github", "POST", ISSUES, {"title": "x", "labels": "bug"}, 422, "Invalid request.\\n\\nFor 'labels'"),
        ("github", "POST", ISSUES, {"title": "x", "assignees": ["no"]}, 422, '"field":"assignees","code":"invalid"'),
        ("github", "POST", ISSUES, ["x"], 400, "Body should be a JSON object"),
        ("stripe", "POST", "/v1/customers", {"name": "x"}, 400, "content type is application/x-www-form-urlencoded"),
        ("notion", "POST", PAGES, {"page": 2}, 400, "body.page should be not present"),
        ("notion", "POST", PAGES, {"page_size": "2"}, 400, "body.page_size should be an integer from 1 to 100"),
        ("notion", "POST", PAGES, {"start_cursor": None}, 400, "body.start_cursor should be"),
        ("notion", "POST", PAGES, {"start_cursor": notion.EMPTY}, 400, "The start_cursor provided is invalid"),
        ("notion", "POST", PAGES, {"filter": {"property": "No", "number": {}}}, 400, "name or id: No"),
        ("notion", "POST", PAGES, {"filter": {"property": "Budget", "title": {}}}, 400, "body.filter.title"),
        ("notion", "POST", PAGES, {"sorts": {"property": "Budget"}}, 400, "body.sorts should be an array"),
        ("notion", "POST", f"/v1/databases/{notion.TOKEN}/query", {}, 400, "path.database_id should be a valid uuid"),
        ("notion", "POST", f"/v1/databases/{32 * '0'}/query", {}, 404, "object_not_found"),
        ("notion", "POST", "/v1/pages", {"properties": TITLE}, 400, "body.parent should be defined"),
        ("notion", "POST", "/v1/pages", {"parent": PARENT, "properties": {"No": {}}}, 400, "No is not a property"),
        ("notion", "POST", "/v1/pages", {"parent": PARENT, "properties": {"Due": {"title": []}}}, 400, "to be date"),
        ("notion", "POST", "/v1/pages", {"parent": PARENT, "properties": {"Budget": {"number": "1"}}}, 400, "a number"),
        ("jira", "POST", COMMENTS, {"body": "plain text"}, 400, '"comment":"Comment body is not valid!"'),
        ("jira", "POST", COMMENTS, {"body": jira.document("x"), "text": 1}, 400, "Invalid request payload"),
        ("zendesk", "PUT", "/api/v2/tickets/1", {"ticket": {"status": "done"}}, 422, '"details":{"status"'),
        ("zendesk", "PUT", "/api/v2/tickets/1", {"ticket": {"state": "open"}}, 422, '"details":{"state"'),
        ("zendesk", "PUT", "/api/v2/tickets/1", {"ticket": {"assignee_id": "5"}}, 422, '"details":{"assignee_id"'),
        ("zendesk", "PUT", "/api/v2/tickets/1", {"status": "open"}, 422, "RecordInvalid"),
        ("zendesk", "PUT", "/api/v2/tickets/5", {"ticket": {"status": "open"}}, 422, "closed prevents ticket update"),
        ("zendesk", "PUT", "/api/v2/tickets/9999", {"ticket": {}}, 404, "RecordNotFound"),
    ],
)
def test_a_body_keeps_to_the_documentation(api, name, method, path, body, status, words):
    answer = api(name).client.request(method, path, json=body)

    assert answer.status_code == status
    assert words in answer.text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"nickname": "x"}, '"code":"parameter_unknown","param":"nickname"'),
        ({"balance": "1.5"}, '"code":"parameter_invalid_integer","param":"balance"'),
        ({"address": "Berlin"}, '"param":"address"'),
        ({"address[town]": "Berlin"}, '"param":"address[town]"'),
        ({"email": "nobody"}, '"code":"email_invalid"'),
        ({"tax_exempt": "yes"}, '"param":"tax_exempt"'),
        ({"preferred_locales": "de"}, '"param":"preferred_locales"'),
        ({"metadata[" + 41 * "k" + "]": "v"}, '"param":"metadata['),
    ],
)
def test_a_form_keeps_to_the_documentation(api, form, words):
    answer = api("stripe").client.post("/v1/customers", data=form)

    assert answer.status_code == 400
    assert words in answer.text


@pytest.mark.parametrize(
    ("name", "path", "unknown", "method", "wrong"),
    [
        ("github", "/users/repos", 404, "DELETE", "/user/repos"),
        ("stripe", "/v1/customer", 404, "PUT", "/v1/customers"),
        ("notion", "/v1/user", 400, "GET", "/v1/search"),
        ("jira", "/rest/api/2/project/search", 404, "PUT", COMMENTS),
        ("zendesk", "/api/v2/ticket", 404, "POST", "/api/v2/organizations"),
    ],
)
def test_other_addresses_and_methods_are_unknown(api, name, path, unknown, method, wrong):
    client = api(name).client

    assert client.get(path).status_code == unknown
    assert client.request(method, wrong).status_code == 405


@pytest.mark.parametrize(
    ("name", "path", "status", "words"),
    [
        ("github", "/user/repos", 403, "secondary rate limit"),
        ("stripe", "/v1/customers", 429, '"code":"rate_limit"'),
        ("notion", "/v1/users", 429, '"code":"rate_limited"'),
        ("jira", "/rest/api/3/project/search", 429, "Rate limit exceeded"),
        ("zendesk", "/api/v2/tickets", 429, "APIRateLimitExceeded"),
    ],
)
def test_too_many_requests_are_turned_away(api, name, path, status, words):
    busy = api(name)
    busy.state.busy, busy.state.retry_after = 2, "7"

    first, second, third = (busy.get(path) for _ in range(3))

    assert [answer.status_code for answer in (first, second, third)] == [status, status, 200]
    assert first.headers["retry-after"] == "7"
    assert words in first.text


def test_github_tells_of_its_limits(api):
    github = api("github")
    github.state.busy, github.state.retry_after = 1, None

    refused, answer = github.get("/user/repos"), github.get("/user/repos")

    assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (403, "0")
    assert "retry-after" not in refused.headers
    assert int(answer.headers["x-ratelimit-remaining"]) > 0
