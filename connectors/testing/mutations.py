"""Small wrong changes to a manifest, one at a time: the kinds there are, and where each applies.

Changes are made to the plain data of a manifest, so that a mutant is what an author might have written. Words for
people (titles, descriptions, docs, notes, samples, examples) stay as they are, and so does what only makes things faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from connectors.components.extract import MISSING
from connectors.components.http import dump_json

GONE: Any = MISSING
"""Stands for: take it out."""

Change: TypeAlias = tuple[tuple[str, ...], Any]
"""Where, from the place that a kind looks at, and what stands there then."""
Changes: TypeAlias = Callable[[Any, "Context"], Iterator[Change]]

_NAME = r"[^/]+"
_OPERATION = rf"(?:triggers|actions|searches)/{_NAME}"
_NOTICE = rf"triggers/{_NAME}/webhook/(?:subscribe|unsubscribe)"
_CALL = rf"(?:(?:lists|actions)/{_NAME}|{_NOTICE})"
_WAY = rf"connection/auth(?:/one_of/{_NAME})?/(?:api_key|basic|bearer|login|oauth2)"
_FIELD = rf"(?:{_OPERATION}/input|lists/{_NAME}/input|connection/fields)/{_NAME}(?:/properties/{_NAME}|/items)*"
_SENT = rf"(?:lists|actions)/{_NAME}/input/{_NAME}(?:/properties/{_NAME}|/items)*"
_GIVEN = rf"(?:types/{_NAME}|(?:{_OPERATION}|lists/{_NAME})/output)(?:/properties/{_NAME}|/items)*"
_PAGED = rf"lists/{_NAME}/paginate/{_NAME}"
_CONDITIONS = (
    rf"(?:triggers/{_NAME}/where|searches/{_NAME}/match|triggers/{_NAME}/webhook/(?:where|headers)"
    rf"|triggers/{_NAME}/webhook/check/(?:match|active|same)|triggers/{_NAME}/webhook/challenge/where"
    r"|errors/when/\d+/match)"
)

_UNSEEN = re.compile(r"/webhook(/|$)|^rates(/|$)|/rate$|/(login|oauth2)(/|$)|^origins(/|$)|/secret$")
"""Places whose part in a connector no trial shows."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a change may look at: the whole manifest, and where in it."""

    data: Any
    path: tuple[str, ...]

    @property
    def block(self) -> Any:
        """The block that the place lies in."""
        return found(self.data, self.path[:-1])


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of mistake: its name, what it is in a sentence, and the changes that are it, by the places they apply to."""

    name: str
    words: str
    changes: tuple[tuple[str, Changes], ...]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong change."""

    kind: str
    place: str
    """Where, as dotted names."""
    before: Any
    after: Any
    path: tuple[str, ...]

    @property
    def change(self) -> str:
        """Such as `100 → 101`."""
        return f"{shown(self.before)} → {shown(self.after)}"

    @property
    def operation(self) -> str:
        """The operation or list that it is in, else the first word of its place."""
        return self.path[1] if self.path[0] in ("triggers", "actions", "searches", "lists") else self.path[0]

    @property
    def can_be_seen(self) -> bool:
        """Whether trials reach what it changes; elsewhere their silence says nothing."""
        return _UNSEEN.search("/".join(self.path)) is None

    def of(self, data: Any) -> Any:
        """The manifest with this change."""
        return _with(data, self.path, self.after)


def shown(value: Any) -> str:
    """A value in one short line."""
    text = value if isinstance(value, str) else "nothing" if value is GONE else dump_json(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004


def mutants(data: Any) -> Iterator[Mutant]:
    """Every mutant of a manifest's data, in the same order each time."""
    places = list(_places(data, ()))
    for kind in KINDS:
        for form, changes in kind.changes:
            fits = re.compile(form)
            for path, value in places:
                if fits.fullmatch("/".join(one.replace("/", "~1") for one in path)):
                    yield from _made(kind, changes(value, Context(data, path)), data, path)


def _made(kind: Kind, changes: Iterator[Change], data: Any, path: tuple[str, ...]) -> Iterator[Mutant]:
    for below, after in changes:
        whole = (*path, *below)
        before = found(data, whole)
        if before is GONE and after is GONE:
            continue
        if type(before) is not type(after) or before != after:
            yield Mutant(kind.name, ".".join(whole), before, after, whole)


def _places(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, value
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from _places(inner, (*path, str(step)))


def found(value: Any, path: tuple[str, ...]) -> Any:
    """What lies at the path; GONE if nothing does."""
    for step in path:
        if isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else GONE
        else:
            value = value.get(step, GONE) if isinstance(value, dict) else GONE
    return value


def _with(value: Any, path: tuple[str, ...], after: Any) -> Any:
    if not path:
        return after
    first, *rest = path
    if isinstance(value, list):
        made = [_with(one, tuple(rest), after) if index == int(first) else one for index, one in enumerate(value)]
        return [one for one in made if one is not GONE]
    value = value if isinstance(value, dict) else {}
    made = {**value, first: _with(value.get(first), tuple(rest), after)}
    return {name: one for name, one in made.items() if one is not GONE}


# Changes, from the value that stands at a place.


def _drop(value: Any, context: Context) -> Iterator[Change]:
    yield (), GONE


def _drop_each(value: Any, context: Context) -> Iterator[Change]:
    steps = value if isinstance(value, dict) else map(str, range(len(value))) if isinstance(value, list) else ()
    yield from (((step,), GONE) for step in steps)


def _rename_each(value: Any, context: Context) -> Iterator[Change]:
    for name in value if isinstance(value, dict) else ():
        yield (), {(f"{key}_x" if key == name else key): one for key, one in value.items()}


def _by_one(value: Any, context: Context) -> Iterator[Change]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield (), value + 1
        yield (), value - 1


def _flip(value: Any, context: Context) -> Iterator[Change]:
    if isinstance(value, bool):
        yield (), not value


def _other_text(value: Any, context: Context) -> Iterator[Change]:
    if isinstance(value, str):
        yield (), f"{value}_x"


def _other_path(value: Any, context: Context) -> Iterator[Change]:
    if isinstance(value, str):
        yield (), f"{value}_x"
        if "." in value:
            yield (), value.rpartition(".")[0]


def _one_of(*others: Any) -> Changes:
    def change(value: Any, context: Context) -> Iterator[Change]:
        yield from (((), other) for other in others if other != value)

    return change


def _word(word: str, *others: Any, default: Any = GONE) -> Changes:
    """Another value at a word of the block, which may not say it."""

    def change(value: Any, context: Context) -> Iterator[Change]:
        if isinstance(value, dict):
            now = value.get(word, default)
            yield from (((word,), other) for other in others if other != now)

    return change


def _flipped_word(word: str) -> Changes:
    def change(value: Any, context: Context) -> Iterator[Change]:
        if isinstance(value, dict):
            yield (word,), GONE if value.get(word) is True else True

    return change


def _swapped(word: str, other: str) -> Changes:
    """What stands under one word stands under the other."""

    def change(value: Any, context: Context) -> Iterator[Change]:
        for one, two in ((word, other), (other, word)):
            if isinstance(value, dict) and one in value and two not in value:
                yield (), {(two if name == one else name): inner for name, inner in value.items()}

    return change


def _sampled(value: Any, context: Context) -> Iterator[Change]:
    """Another path that the sample has, of a value like the one that is meant."""
    if not isinstance(value, str):
        return
    sample = _sample(context)
    meant = found(sample, tuple(value.split("."))) if sample is not None else GONE
    others = [path for path, one in _leaves(sample) if path != value and type(one) is type(meant) and meant is not GONE]
    others = sorted(others, key=lambda path: (path.count("."), found(sample, tuple(path.split("."))) == meant))
    yield from (((), other) for other in others[:1])


def _sample(context: Context) -> Any:
    kind, name = context.path[0], context.path[1]
    block = found(context.data, (kind, name))
    reading = block.get("poll") or block.get("list") if kind != "lists" else name
    samples = [block.get("sample"), found(context.data, ("lists", f"{reading}", "sample"))]
    for one in ("triggers", "searches"):
        for other in (context.data.get(one) or {}).values():
            if reading and reading in (other.get("poll"), other.get("list")):
                samples.append(other.get("sample"))
    return next((sample for sample in samples if isinstance(sample, dict)), None)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in value.items() if isinstance(value, dict) else ():
        if isinstance(inner, dict):
            yield from _leaves(inner, f"{path}{name}.")
        elif not isinstance(inner, list) and "." not in name:
            yield f"{path}{name}", inner


_METHODS = {"GET": "POST", "POST": "PUT", "PUT": "PATCH", "PATCH": "PUT", "DELETE": "POST"}


def _other_method(value: Any, context: Context) -> Iterator[Change]:
    if isinstance(value, str):
        method, _, path = value.partition(" ")
        yield (), f"{_METHODS.get(method, 'GET')} {path}"


def _other_segment(value: Any, context: Context) -> Iterator[Change]:
    if not isinstance(value, str):
        return
    method, _, path = value.partition(" ")
    parts = path.split("/")
    for number, part in enumerate(parts[1:], 1):
        if part and "{" not in part:
            yield (), f"{method} {'/'.join([*parts[:number], part + '-x', *parts[number + 1 :]])}"
        if part and len(parts) > 2:  # noqa: PLR2004
            yield (), f"{method} {'/'.join([*parts[:number], *parts[number + 1 :]])}"
    if path.endswith("/") and len(path) > 1:
        yield (), value[:-1]
    elif not path.endswith("/"):
        yield (), f"{value}/"


def _other_line(value: Any, context: Context) -> Iterator[Change]:
    if isinstance(value, list):
        yield (), value[0]
        yield (), [*value[1:], value[0]]


def _other_url(value: Any, context: Context) -> Iterator[Change]:
    if isinstance(value, str):
        scheme, _, rest = value.partition("://")
        host, slash, path = rest.partition("/")
        yield (), f"{scheme}://x-{host}{slash}{path}"
        if "origins" not in context.path:  # of which only the host counts
            yield (), f"{scheme}://{host}" if path else f"{value}/x"


def _written(value: Any, context: Context) -> Iterator[Change]:
    """What a query, a body, a form or headers hold: each entry under another name, gone, or with another value."""
    if isinstance(value, dict) and not value.keys() & {"json_text", "if_given"}:
        yield from _rename_each(value, context)
        yield from _drop_each(value, context)
    for path, one in _places(value, ()):
        if isinstance(one, bool):
            yield path, not one
        elif isinstance(one, int | float):
            yield path, one + 1
        elif isinstance(one, str):
            yield path, f"{one}_x"
        elif isinstance(one, list) and path and one:
            yield from (((*path, str(index)), GONE) for index in range(len(one)))
        elif isinstance(one, dict) and path and not one.keys() & {"json_text", "if_given"}:
            yield from (
                ((*path, *below), after) for below, after in [*_rename_each(one, context), *_drop_each(one, context)]
            )


def _template(value: Any, context: Context) -> Iterator[Change]:
    """The same text with something else around what it inserts, or inserted in another way."""
    if not isinstance(value, str):
        return
    before, brace, rest = value.partition("{")
    yield (), f"{value}_x"
    if brace and before:
        yield (), brace + rest
        yield (), f"{before.rstrip()}{brace}{rest}"
        yield (), f"{before.swapcase()}{brace}{rest}"
    if brace and not before:
        yield (), f"Basic {value}"
    for bar in re.finditer(r"\|\w+", value):
        yield (), value[: bar.start()] + value[bar.end() :]
    for hole in re.finditer(r"\{([\w.]+)\}", value):
        yield (), f"{value[: hole.start()]}{{{hole[1]}|base64}}{value[hole.end() :]}"


def _other_condition(value: Any, context: Context) -> Iterator[Change]:
    """A condition that says the opposite, or nearly the same."""
    for path, condition in value.items() if isinstance(value, dict) else ():
        yield (), {(_similar(path, context) if name == path else name): one for name, one in value.items()}
        if not isinstance(condition, dict):
            yield (path,), {"not": condition}
            yield from _compared(path, condition)
            continue
        for word, instead in (
            ("equals", "not"),
            ("not", "equals"),
            ("gt", "lt"),
            ("lt", "gt"),
            ("contains", "equals"),
            ("in", "contains"),
        ):
            if word in condition and instead not in condition:
                yield (path,), {(instead if name == word else name): one for name, one in condition.items()}
        yield from (((path, *below), after) for name, one in condition.items() for below, after in _compared(name, one))
        if "exists" in condition:
            yield (path, "exists"), not condition["exists"]
        yield (path, "fold"), GONE if condition.get("fold") else True


def _similar(path: str, context: Context) -> str:
    others = [after for _, after in _sampled(path, context)] if context.path[0] in ("triggers", "searches") else []
    return str(others[0]) if others and not path.startswith(("previous.", "parent.")) else f"{path}_x"


def _compared(name: str, value: Any) -> Iterator[Change]:
    if name in ("fold", "exists"):
        return
    if isinstance(value, bool):
        yield (name,), not value
    elif isinstance(value, int | float):
        yield (name,), value + 1
    elif isinstance(value, str) and "{" not in value:
        yield (name,), f"{value}_x"
    elif isinstance(value, list):
        yield from (((name, str(index)), GONE) for index in range(len(value)))


def _other_type(value: Any, context: Context) -> Iterator[Change]:
    kinds = {
        "string": "number",
        "number": "integer",
        "integer": "number",
        "boolean": "string",
        "object": "string",
        "array": "string",
    }
    if not isinstance(value, dict) or "properties" in value or "items" in value:
        return
    now = value.get("type", "string")
    if isinstance(now, list):
        yield from ((("type",), [one for one in now if one != left]) for left in now)
    elif now in kinds:
        yield ("type",), kinds[now]


def _other_format(value: Any, context: Context) -> Iterator[Change]:
    yield (), GONE
    yield (), {"date": "date-time", "date-time": "date", "uuid": "uri"}.get(value, "uuid")


def _other_choice(value: Any, context: Context) -> Iterator[Change]:
    for name in value if isinstance(value, dict) else ():
        yield (), {(f"{key}9" if key == name else key): one for key, one in value.items()}
    for index, one in enumerate(value if isinstance(value, list) else ()):
        yield (str(index),), f"{one}_x" if isinstance(one, str) else one + 1 if isinstance(one, int) else None
    yield from _drop_each(value, context)


def _opened(value: Any, context: Context) -> Iterator[Change]:
    if "values" in value:
        yield from _flipped_word("open")(value, context)


def _other_rule(value: Any, context: Context) -> Iterator[Change]:
    if not isinstance(value, dict) or len(value) != 1:
        return
    word, names = next(iter(value.items()))
    if isinstance(names, list):
        yield from (
            ((), {other: names}) for other in ("exactly_one_of", "at_least_one_of", "conflicts_with") if other != word
        )
        yield from (((word,), [one for one in names if one != left]) for left in names if len(names) > 2)  # noqa: PLR2004
    else:
        yield from _drop_each(names, context)


def _other_list(value: Any, context: Context) -> Iterator[Change]:
    others = (name for name in context.data.get("lists") or {} if name != value)
    yield from (((), other) for other in list(others)[:1])


def _sent_as(value: Any, context: Context) -> Iterator[Change]:
    if isinstance(value, dict) and context.path[-1] != "items":
        yield ("send_as",), f"{value.get('send_as', context.path[-1])}_x"
        if "send_as" in value:
            yield ("send_as",), GONE


def _other_status(value: Any, context: Context) -> Iterator[Change]:
    """A rule that only holds words for people is left alone."""
    for status, rule in value.items() if isinstance(value, dict) else ():
        if isinstance(rule, dict) and "kind" in rule:
            yield (), {(str(int(status) + 1) if key == status else key): one for key, one in value.items()}
            yield (status, "kind"), "busy" if rule["kind"] != "busy" else "refused"
            yield (status,), GONE


def _other_order(value: Any, context: Context) -> Iterator[Change]:
    if isinstance(value, dict) and len(value) > 1:
        yield (), dict(reversed(list(value.items())))


def _other_duration(value: Any, context: Context) -> Iterator[Change]:
    if isinstance(value, str):
        yield (), re.sub(r"\d+", lambda number: str(int(number[0]) + 1), value, count=1)


def _default_of(word: str, *others: Any) -> Changes:
    """A word that is not written, and then is."""

    def change(value: Any, context: Context) -> Iterator[Change]:
        if isinstance(value, dict) and word not in value:
            yield from (((word,), other) for other in others)

    return change


def _other_default(value: Any, context: Context) -> Iterator[Change]:
    yield (), GONE
    yield from _flip(value, context)
    yield from _by_one(value, context)
    yield from _other_text(value, context)


KINDS: tuple[Kind, ...] = (
    Kind("path", "a segment of a request's path is another or missing, or a slash at its end comes or goes", (
        (rf"{_CALL}/request(?:/\d+)?|connection/test|{_WAY}/request", _other_segment),
        (rf"{_CALL}/request", _other_line),
    )),
    Kind("method", "a request is made with another method", (
        (rf"{_CALL}/request(?:/\d+)?|connection/test|{_WAY}/request", _other_method),
    )),
    Kind("address", "the vendor, its files or its sign-in are at another address", (
        (rf"base_url|base_url/pattern|origins/{_NAME}/url|{_WAY}/(?:host|authorization_url|token_url)", _other_url),
        ("origins", _drop_each),
    )),
    Kind("body", "a value that is written into a query, a body, a form or headers is another, elsewhere or missing", (
        (rf"{_CALL}/(?:query|body|form|headers)|headers|{_WAY}/(?:form|body)", _written),
        (rf"(?:lists|actions)/{_NAME}", _word("send", "form", "json", default="json")),
    )),
    Kind("wire name", "an input goes over the wire under another name", ((_SENT, _sent_as),)),
    Kind("page", "pages are asked for by another parameter, size or first number", (
        (rf"{_PAGED}/(?:param|size/param|rel)", _other_text),
        (rf"{_PAGED}/(?:start|size/value)", _by_one),
        (rf"lists/{_NAME}/paginate/page_number", _default_of("start", 0, 2)),
        (rf"lists/{_NAME}/paginate/offset", _default_of("start", 1)),
        (rf"lists/{_NAME}/paginate/(?:page_number|offset|cursor)", _default_of("param", "page_x")),
        (rf"lists/{_NAME}/paginate/(?:page_number|offset|cursor)", _word("in", "body", "query", default="query")),
        (rf"{_PAGED}/size|lists/{_NAME}/paginate", _drop),
    )),
    Kind("stop", "the end of the pages is known in another way", (
        (rf"{_PAGED}/(?:more|last|total|pages|from|from_last)", _other_path),
        (_PAGED, _swapped("more", "last")),
        (_PAGED, _swapped("total", "pages")),
        (_PAGED, _swapped("from", "from_last")),
        (rf"{_PAGED}/until", _one_of("empty", "short")),
        (rf"{_PAGED}/(?:more|last|until)", _drop),
    )),
    Kind("items", "the items, or what an action gives, are looked for elsewhere", (
        (rf"lists/{_NAME}/items|actions/{_NAME}/result", _other_path),
        (rf"lists/{_NAME}/items|actions/{_NAME}/result", _drop),
    )),
    Kind("list", "another list is read", (
        (rf"triggers/{_NAME}/poll|searches/{_NAME}/list|lists/{_NAME}/for_each/list|{_FIELD}/choices/list", _other_list),
    )),
    Kind("for_each", "a list is read under others in another way", (
        (rf"lists/{_NAME}/for_each/key", _other_path),
        (rf"lists/{_NAME}/for_each/on_404", _drop),
        (rf"lists/{_NAME}/for_each", _default_of("on_404", "skip")),
        (rf"lists/{_NAME}/for_each", _drop),
    )),
    Kind("since", "what has changed since is asked for in another way", (
        (rf"lists/{_NAME}/since(?:/(?:overlap|begin|format))?", _drop),
        (rf"lists/{_NAME}/since/param", _other_text),
        (rf"lists/{_NAME}/since/of", _sampled),
        (rf"lists/{_NAME}/since/(?:overlap|begin)", _other_duration),
        (rf"lists/{_NAME}/since", _word("format", "iso8601", "epoch", default="iso8601")),
    )),
    Kind("complete", "a list is taken for complete that is not, or the other way round", (
        (rf"lists/{_NAME}", _flipped_word("complete")),
    )),
    Kind("key", "items are told apart by another value", (
        (rf"triggers/{_NAME}(?:/webhook)?/key(?:/\d+|/hash(?:/\d+)?)?", _sampled),
        (rf"triggers/{_NAME}(?:/webhook)?/key(?:/hash)?", _drop_each),
    )),
    Kind("version", "that an item has changed is seen by another value, or not at all", (
        (rf"triggers/{_NAME}(?:/webhook)?/version", _drop),
        (rf"triggers/{_NAME}(?:/webhook)?/version", _sampled),
    )),
    Kind("fire", "a trigger fires at another time", (
        (rf"triggers/{_NAME}", _word("fire", "new", "changed", "new_or_changed", "deleted")),
        (rf"triggers/{_NAME}/fire", _drop),
        (rf"triggers/{_NAME}/due/at", _sampled),
        (rf"triggers/{_NAME}/due/before", _other_duration),
        (rf"triggers/{_NAME}/due(?:/before)?", _drop),
    )),
    Kind("remember", "a value is not remembered", (
        (rf"triggers/{_NAME}/remember", _drop),
        (rf"triggers/{_NAME}/remember", _drop_each),
    )),
    Kind("each", "other things inside of an item are the items", (
        (rf"triggers/{_NAME}/each", _drop),
        (rf"triggers/{_NAME}/each", _other_path),
    )),
    Kind("condition", "a condition is missing, about another value, or says something else", (
        (_CONDITIONS, _drop_each),
        (_CONDITIONS, _other_condition),
    )),
    Kind("scan", "a search reads one page more or less", (
        (rf"searches/{_NAME}/scan/pages", _by_one),
        (rf"searches/{_NAME}", _default_of("scan", {"pages": 49}, {"pages": 51})),
    )),
    Kind("include", "what an item names is not fetched, or fetched for something else", (
        (rf"{_OPERATION}/include", _drop_each),
        (rf"{_OPERATION}/include/{_NAME}/with", _drop_each),
        (rf"{_OPERATION}/include/{_NAME}/with/{_NAME}", _template),
    )),
    Kind("type", "an input is of another type", ((_FIELD, _other_type),)),
    Kind("format", "a text must be of another form, or of none", (
        (rf"{_FIELD}/format", _other_format),
        (rf"{_FIELD}/pattern", _drop),
        (rf"{_FIELD}/pattern", _other_text),
    )),
    Kind("limit", "a limit is one more, one less or missing", (
        (rf"{_FIELD}/(?:minimum|maximum|minLength|maxLength|minItems|maxItems)", _by_one),
        (rf"{_FIELD}/(?:minimum|maximum|minLength|maxLength|minItems|maxItems)", _drop),
    )),
    Kind("choice", "a value that may be given is another or missing, or others may be given too", (
        (rf"{_FIELD}/(?:enum|choices/values)", _other_choice),
        (rf"{_FIELD}/enum", _drop),
        (rf"{_FIELD}/choices", _opened),
    )),
    Kind("dropdown", "a dropdown offers other values, or is given other inputs", (
        (rf"{_FIELD}/choices/value", _sampled),
        (rf"{_FIELD}/choices/(?:with|search)", _drop),
        (rf"{_FIELD}/choices/with", _written),
    )),
    Kind("required", "an input must be given that need not be, or the other way round", (
        (_FIELD, _flipped_word("required")),
    )),
    Kind("default", "what is taken for an input that is not given is another, or nothing", (
        (rf"{_FIELD}/default", _other_default),
    )),
    Kind("secret", "a value of the connection is shown, or hidden", (
        (rf"connection/fields/{_NAME}", _flipped_word("secret")),
    )),
    Kind("rule", "a rule between inputs is missing or another", (
        (rf"{_OPERATION}/rules", _drop_each),
        (rf"{_OPERATION}/rules/\d+", _other_rule),
    )),
    Kind("output", "what comes out is read in another way", (
        (rf"actions/{_NAME}/output/file/(?:name|media_type|url)", _drop),
        (rf"actions/{_NAME}/output/file/(?:name|media_type)", _other_text),
        (rf"actions/{_NAME}/output/file/url", _template),
        (rf"actions/{_NAME}/output/file", _drop),
        (rf"{_GIVEN}/read", _drop),
    )),
    Kind("sign-in", "the credential goes elsewhere, looks otherwise, or a way to sign in is missing", (
        (rf"{_WAY}/(?:header|query|send/header|send/query|token/header|token|expires)", _other_text),
        (rf"{_WAY}/(?:value|username|password|token|client_id|client_secret|send/value)", _template),
        (rf"{_WAY}", _swapped("header", "query")),
        (rf"{_WAY}/(?:grant|client_auth|authorize|lifetime|scopes|expires)", _drop),
        (r"connection/auth/one_of", _drop_each),
        (r"connection/auth/one_of", _other_order),
    )),
    Kind("error", "a status or an answer means something else, or the vendor's words are looked for elsewhere", (
        (r"errors/status", _other_status),
        (r"errors/when", _drop_each),
        (r"errors/when/\d+/kind", _one_of("busy", "refused")),
        (r"errors/message", _drop_each),
        (r"errors/message/\d+", _other_path),
    )),
    Kind("rate", "the vendor is asked more or less often", (
        (rf"rates/{_NAME}/limit", _by_one),
        (rf"rates/{_NAME}/per", _one_of("second", "day")),
        (rf"{_CALL}/rate|rates/{_NAME}", _drop),
    )),
    Kind("effect", "what writes is taken for what reads, or may be repeated, or the other way round", (
        (rf"actions/{_NAME}", _word("effect", "read", "write", "destroy")),
        (rf"actions/{_NAME}", _flipped_word("idempotent")),
        (rf"actions/{_NAME}/idempotent/header", _other_text),
        (rf"actions/{_NAME}/effect", _drop),
    )),
    Kind("webhook", "a delivery is verified, read or answered in another way", (
        (rf"triggers/{_NAME}/webhook/(?:verify|challenge)/.+", _other_text),
        (rf"triggers/{_NAME}/webhook/(?:challenge|check|secret|json_text|items|item|check/active|check/same)", _drop),
        (rf"triggers/{_NAME}/webhook/(?:items|item)", _other_path),
        (rf"triggers/{_NAME}/webhook/subscribe/keep/{_NAME}", _other_path),
        (rf"triggers/{_NAME}", _word("webhook", GONE)),
    )),
)  # fmt: skip


def page() -> str:
    """The kinds as a page for people."""
    rows = "\n".join(f"| {kind.name} | {kind.words} |" for kind in KINDS)
    return _PAGE.format(rows=rows)


_PAGE = """\
# Mistakes that cases must notice

`gridwire test CONNECTOR --mutate` makes these mistakes in a manifest, one at a time, wherever they can be made. This page
is written by the program (`python -m connectors.testing.mutations`).

| kind | the mistake |
|---|---|
{rows}

What is left alone: words for people (titles, descriptions, docs, notes, samples, examples, labels, remedies), `pairs`, and
`in_flight`, which only makes a reading faster.
"""


if __name__ == "__main__":
    print(page(), end="")
