"""The kinds of mistakes that mutants make, each with the places that it applies to. `docs/mutations.md` lists them."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.testing.edits import (
    GONE,
    Changes,
    by_one,
    default_of,
    drop,
    drop_each,
    flipped_word,
    one_of,
    opened,
    other_choice,
    other_condition,
    other_default,
    other_duration,
    other_format,
    other_line,
    other_list,
    other_method,
    other_order,
    other_path,
    other_rule,
    other_segment,
    other_status,
    other_text,
    other_type,
    other_url,
    sampled,
    sent_as,
    swapped,
    template,
    word,
    written,
)

_NAME = r"[^/]+"
_OPERATION = rf"(?:triggers|actions|searches)/{_NAME}"
_HOOK = rf"triggers/{_NAME}/webhook"
_NOTICE = rf"{_HOOK}/(?:subscribe|unsubscribe)"
_CALL = rf"(?:(?:lists|actions)/{_NAME}|{_NOTICE})"
_WAY = rf"connection/auth(?:/one_of/{_NAME})?/(?:api_key|basic|bearer|login|oauth2)"
_FIELD = rf"(?:{_OPERATION}/input|lists/{_NAME}/input|connection/fields)/{_NAME}(?:/properties/{_NAME}|/items)*"
_SENT = rf"(?:lists|actions)/{_NAME}/input/{_NAME}(?:/properties/{_NAME}|/items)*"
_GIVEN = rf"(?:types/{_NAME}|(?:{_OPERATION}|lists/{_NAME})/output)(?:/properties/{_NAME}|/items)*"
_PAGED = rf"lists/{_NAME}/paginate/{_NAME}"
_CONDITIONS = (
    rf"(?:triggers/{_NAME}/where|searches/{_NAME}/match|{_HOOK}/(?:where|headers|check/(?:match|active|same))"
    rf"|{_HOOK}/challenge/where"
    r"|errors/when/\d+/match)"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of mistake: its name, what it is in a sentence, and its changes by the places that they apply to."""

    name: str
    words: str
    changes: tuple[tuple[str, Changes], ...]


KINDS: tuple[Kind, ...] = (
    Kind("path", "a segment of a request's path is another or missing, or a slash at its end comes or goes", (
        (rf"{_CALL}/request(?:/\d+)?|connection/test|{_WAY}/request", other_segment),
        (rf"{_CALL}/request", other_line),
    )),
    Kind("method", "a request is made with another method", (
        (rf"{_CALL}/request(?:/\d+)?|connection/test|{_WAY}/request", other_method),
    )),
    Kind("address", "the vendor, its files or its sign-in are at another address", (
        (rf"origins/{_NAME}/url|(?:base_url|{_WAY}/(?:host|authorization_url|token_url))(?:/pattern)?", other_url),
        ("origins", drop_each),
    )),
    Kind("body", "a value that is written into a query, a body, a form or headers is another, elsewhere or missing", (
        (rf"{_CALL}/(?:query|body|form|headers)|headers|{_WAY}/(?:form|body|headers)", written),
        (rf"(?:lists|actions)/{_NAME}", word("send", "form", "json", default="json")),
    )),
    Kind("wire name", "an input goes over the wire under another name", ((_SENT, sent_as),)),
    Kind("page", "pages are asked for by another parameter, size or first number", (
        (rf"{_PAGED}/(?:param|size/param|rel)", other_text),
        (rf"{_PAGED}/(?:start|size/value)", by_one),
        (rf"lists/{_NAME}/paginate/page_number", default_of("start", 0, 2)),
        (rf"lists/{_NAME}/paginate/offset", default_of("start", 1)),
        (rf"lists/{_NAME}/paginate/(?:page_number|offset|cursor)", default_of("param", "page_x")),
        (rf"lists/{_NAME}/paginate/(?:page_number|offset|cursor)", word("in", "body", "query", default="query")),
        (rf"{_PAGED}/size|lists/{_NAME}/paginate", drop),
    )),
    Kind("stop", "the end of the pages is known in another way", (
        (rf"{_PAGED}/(?:more|last|total|pages|from|from_last)", other_path),
        (_PAGED, swapped("more", "last")),
        (_PAGED, swapped("total", "pages")),
        (_PAGED, swapped("from", "from_last")),
        (rf"{_PAGED}/until", one_of("empty", "short")),
        (rf"{_PAGED}/(?:more|last|until)", drop),
    )),
    Kind("items", "the items, or what an action gives, are looked for elsewhere", (
        (rf"lists/{_NAME}/items|actions/{_NAME}/result", other_path),
        (rf"lists/{_NAME}/items|actions/{_NAME}/result", drop),
    )),
    Kind("list", "another list is read", (
        (rf"triggers/{_NAME}/poll|searches/{_NAME}/list|lists/{_NAME}/for_each/list|{_FIELD}/choices/list", other_list),
    )),
    Kind("for_each", "a list is read under others in another way", (
        (rf"lists/{_NAME}/for_each/key", other_path),
        (rf"lists/{_NAME}/for_each/on_404", drop),
        (rf"lists/{_NAME}/for_each", default_of("on_404", "skip")),
        (rf"lists/{_NAME}/for_each", drop),
    )),
    Kind("since", "what has changed since is asked for in another way", (
        (rf"lists/{_NAME}/since(?:/(?:overlap|begin|format))?", drop),
        (rf"lists/{_NAME}/since/param", other_text),
        (rf"lists/{_NAME}/since/of", sampled),
        (rf"lists/{_NAME}/since/(?:overlap|begin)", other_duration),
        (rf"lists/{_NAME}/since", word("format", "iso8601", "epoch", default="iso8601")),
    )),
    Kind("complete", "a list is taken for complete that is not, or the other way round", (
        (rf"lists/{_NAME}", flipped_word("complete")),
    )),
    Kind("key", "items are told apart by another value", (
        (rf"triggers/{_NAME}(?:/webhook)?/key(?:/\d+|/hash(?:/\d+)?)?", sampled),
        (rf"triggers/{_NAME}(?:/webhook)?/key(?:/hash)?", drop_each),
    )),
    Kind("version", "that an item has changed is seen by another value, or not at all", (
        (rf"triggers/{_NAME}(?:/webhook)?/version", drop),
        (rf"triggers/{_NAME}(?:/webhook)?/version", sampled),
    )),
    Kind("fire", "a trigger fires at another time", (
        (rf"triggers/{_NAME}", word("fire", "new", "changed", "new_or_changed", "deleted")),
        (rf"triggers/{_NAME}/fire", drop),
        (rf"triggers/{_NAME}/due/at", sampled),
        (rf"triggers/{_NAME}/due/before", other_duration),
        (rf"triggers/{_NAME}/due(?:/before)?", drop),
    )),
    Kind("remember", "a value is not remembered", (
        (rf"triggers/{_NAME}/remember", drop),
        (rf"triggers/{_NAME}/remember", drop_each),
    )),
    Kind("each", "other things inside of an item are the items", (
        (rf"triggers/{_NAME}/each", drop),
        (rf"triggers/{_NAME}/each", other_path),
    )),
    Kind("condition", "a condition is missing, about another value, or says something else", (
        (_CONDITIONS, drop_each),
        (_CONDITIONS, other_condition),
    )),
    Kind("scan", "a search reads one page more or less", (
        (rf"searches/{_NAME}/scan/pages", by_one),
        (rf"searches/{_NAME}", default_of("scan", {"pages": 49}, {"pages": 51})),
    )),
    Kind("include", "what an item names is not fetched, or fetched for something else", (
        (rf"{_OPERATION}/include", drop_each),
        (rf"{_OPERATION}/include/{_NAME}/with", drop_each),
        (rf"{_OPERATION}/include/{_NAME}/with/{_NAME}", template),
    )),
    Kind("type", "an input is of another type", ((_FIELD, other_type),)),
    Kind("format", "a text must be of another form, or of none", (
        (rf"{_FIELD}/format", other_format),
        (rf"{_FIELD}/pattern", drop),
        (rf"{_FIELD}/pattern", other_text),
    )),
    Kind("limit", "a limit is one more, one less or missing", (
        (rf"{_FIELD}/(?:minimum|maximum|minLength|maxLength|minItems|maxItems)", by_one),
        (rf"{_FIELD}/(?:minimum|maximum|minLength|maxLength|minItems|maxItems)", drop),
    )),
    Kind("choice", "a value that may be given is another or missing, or others may be given too", (
        (rf"{_FIELD}/(?:enum|choices/values)", other_choice),
        (rf"{_FIELD}/enum", drop),
        (rf"{_FIELD}/choices", opened),
    )),
    Kind("dropdown", "a dropdown offers other values, or is given other inputs", (
        (rf"{_FIELD}/choices/value", sampled),
        (rf"{_FIELD}/choices/(?:with|search)", drop),
        (rf"{_FIELD}/choices/with", written),
    )),
    Kind("required", "an input must be given that need not be, or the other way round", (
        (_FIELD, flipped_word("required")),
    )),
    Kind("default", "what is taken for an input that is not given is another, or nothing", (
        (rf"{_FIELD}/default", other_default),
    )),
    Kind("secret", "a value of the connection is shown, or hidden", (
        (rf"connection/fields/{_NAME}", flipped_word("secret")),
    )),
    Kind("rule", "a rule between inputs is missing or another", (
        (rf"{_OPERATION}/rules", drop_each),
        (rf"{_OPERATION}/rules/\d+", other_rule),
    )),
    Kind("output", "what comes out is read in another way", (
        (rf"actions/{_NAME}/output/file/(?:name|media_type|url)", drop),
        (rf"actions/{_NAME}/output/file/(?:name|media_type)", other_text),
        (rf"actions/{_NAME}/output/file/url", template),
        (rf"actions/{_NAME}/output/file", drop),
        (rf"{_GIVEN}/read", drop),
    )),
    Kind("sign-in", "the credential goes elsewhere, looks otherwise, or a way to sign in is missing", (
        (rf"{_WAY}/(?:header|query|send/header|send/query|token/header|token|expires)", other_text),
        (rf"{_WAY}/(?:value|username|password|token|client_id|client_secret|send/value)", template),
        (rf"{_WAY}", swapped("header", "query")),
        (rf"{_WAY}/(?:grant|client_auth|authorize|token|lifetime|scopes|expires)", drop),
        (r"connection/auth/one_of", drop_each),
        (r"connection/auth/one_of", other_order),
    )),
    Kind("error", "a status or an answer means something else, or the vendor's words are looked for elsewhere", (
        (r"errors/status", other_status),
        (r"errors/when", drop_each),
        (r"errors/when/\d+/kind", one_of("busy", "refused")),
        (r"errors/message", drop_each),
        (r"errors/message/\d+", other_path),
    )),
    Kind("rate", "the vendor is asked more or less often", (
        (rf"rates/{_NAME}/limit", by_one),
        (rf"rates/{_NAME}/per", one_of("second", "day")),
        (rf"{_CALL}/rate|rates/{_NAME}", drop),
    )),
    Kind("effect", "what writes is taken for what reads, or may be repeated, or the other way round", (
        (rf"actions/{_NAME}", word("effect", "read", "write", "destroy")),
        (rf"actions/{_NAME}", flipped_word("idempotent")),
        (rf"actions/{_NAME}/idempotent/header", other_text),
        (rf"actions/{_NAME}/effect", drop),
    )),
    Kind("webhook", "the vendor is asked to call, or a delivery is verified, read or answered, in another way", (
        (rf"{_HOOK}/(?:verify|challenge)/.+", other_text),
        (rf"{_HOOK}/verify/hmac", word("algorithm", "sha256", "sha512", default="sha256")),
        (rf"{_HOOK}/verify/hmac", word("encoding", "hex", "base64", default="hex")),
        (rf"{_HOOK}/verify/hmac/(?:prefix|timestamp)", drop),
        (rf"{_HOOK}/verify/(?:hmac/timestamp|standard_webhooks)/tolerance", other_duration),
        (rf"{_HOOK}/verify/shared_secret", swapped("header", "query")),
        (rf"{_HOOK}/(?:challenge|check|secret|json_text|items|item|key|version|check/active|check/same)", drop),
        (rf"{_HOOK}/(?:items|item|key|version|subscribe/keep/{_NAME})", other_path),
        (rf"{_HOOK}/subscribe/keep", drop_each),
        (rf"{_HOOK}/check/list", other_list),
        (rf"{_HOOK}/unsubscribe", drop),
        (rf"triggers/{_NAME}", word("webhook", GONE)),
    )),
)  # fmt: skip


def page() -> str:
    """The kinds as a page for people."""
    rows = "\n".join(f"| {kind.name} | {kind.words} |" for kind in KINDS)
    return _PAGE.format(rows=rows)


_PAGE = """\
# Mistakes that cases must notice

`gridwire test CONNECTOR --mutate` makes these mistakes in a manifest, one at a time, wherever they can be made. The
program writes this page: `python -c 'from connectors.testing.kinds import page; print(page(), end="")'`.

| kind | the mistake |
|---|---|
{rows}

What is left alone: words for people (titles, descriptions, docs, notes, samples, examples, labels, remedies), `pairs`,
and `in_flight`, which only makes a reading faster.
"""
