"""Two versions of fields: what was taken and is refused now, what came out and does so no longer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from connectors.components.extract import same
from connectors.components.fields import Field, Fields, parse_text
from connectors.components.http import dump_json
from connectors.manifest.finding import Finding, Route
from connectors.manifest.problem import did_you_mean

Change: TypeAlias = Finding | str
"""Something that breaks, at its path in the new manifest; or a note of something new."""

_LEAST = ("minimum", "minLength", "minItems")
_MOST = ("maximum", "maxLength", "maxItems")
_TYPES = {bool: "boolean", int: "number", float: "number", str: "string", dict: "object", list: "array"}


def broken(rule: str, path: Route, message: str, **more: Any) -> Finding:
    """A change that breaks."""
    return Finding(rule, path, message, **more)


def gone(path: Route, what: str, name: str, now: Iterable[str]) -> Finding:
    """Something that was called by name and is not there any more."""
    near = did_you_mean(name, now)
    return broken("gone", path, f"{what} is gone", hint=near and near.replace("did you mean", "is it now"), on_key=True)


def inputs(was: Fields, now: Fields, path: Route, owner: str, within: str = "") -> Iterator[Change]:
    """What was taken and is refused now, and what may be given in addition."""
    for name in was:
        if name not in now:
            yield gone(path, f"the input '{within}{name}' of {owner}", name, now.keys() - was.keys())
    for name, field in now.items():
        full, at = f"{within}{name}", (*path, name)
        if name in was:
            yield from _input(was[name], field, at, full, owner)
        elif field.required and "default" not in field.model_fields_set:
            message = f"{owner} needs the input '{full}', which nobody gives yet"
            yield broken("newly-required", at, message, hint="let it be left out, or give it a default", on_key=True)
        else:
            yield f"{owner} takes the input '{full}' in addition"


def _input(was: Field, now: Field, path: Route, name: str, owner: str) -> Iterator[Change]:
    if now.required and not was.required and "default" not in now.model_fields_set:
        message = f"the input '{name}' of {owner} could be left out and is required now"
        yield broken("newly-required", (*path, "required"), message, hint="let it be left out, or give it a default")
    before, after = ((field.default, "default" in field.model_fields_set) for field in (was, now))
    could_be_left_out = before[1] or not was.required
    if could_be_left_out and (before[1] != after[1] or not same(before[0], after[0])):
        message = f"where the input '{name}' of {owner} is left out, {_default(after)} is sent, was {_default(before)}"
        yield broken("default-changed", (*path, "default"), message, hint="those who rely on it left it out")
    for word, less in _less(was, now):
        yield broken("narrower", (*path, word), f"the input '{name}' of {owner} takes less: {less}")
    if was.properties is not None and now.properties is not None:
        yield from inputs(was.properties, now.properties, (*path, "properties"), owner, f"{name}.")
    if was.items is not None and now.items is not None:
        yield from _input(was.items, now.items, (*path, "items"), f"{name}[]", owner)


def _default(default: tuple[Any, bool]) -> str:
    return dump_json(default[0]).decode() if default[1] else "nothing"


def _less(was: Field, now: Field) -> Iterator[tuple[str, str]]:
    """The words by which a field takes less than it did, and what that is."""
    lost = [kind for kind in was.kinds if kind not in now.kinds and (kind != "integer" or "number" not in now.kinds)]
    if lost:
        yield "type", f"no {' and no '.join(lost)} any more"
        return
    for word in (*_LEAST, *_MOST):
        before, after = getattr(was, word), getattr(now, word)
        if after is not None and (before is None or (after > before if word in _LEAST else after < before)):
            yield word, f"'{word}' is {after} now{'' if before is None else f', was {before}'}"
    for word in ("pattern", "format"):
        after = getattr(now, word)
        if after is not None and after != getattr(was, word):
            yield word, f"'{word}' is {after} now"
    for word in ("properties", "items"):
        if getattr(was, word) is None and getattr(now, word) is not None:
            yield word, f"it has '{word}' now, and takes no others"
    before, (word, after) = _values(was)[1], _values(now)
    if after is not None and before is None:
        yield word, "only the listed values now"
    elif after is not None and before is not None and (fewer := [value for value in before if value not in after]):
        yield word, f"no {', '.join(map(str, fewer))} any more"


def _values(field: Field) -> tuple[str, list[Any] | None]:
    """The only values that a field takes, if there are such, and the word that lists them."""
    if field.enum is not None:
        return "enum", field.enum
    if field.choices is not None and field.choices.values and not field.choices.open:
        return "choices", [parse_text(field, value) for value in field.choices.values]
    return "enum", None


def outputs(
    was: tuple[Any, Field | None], now: tuple[Any, Field | None], path: Route, operation: str
) -> Iterator[Change]:
    """What came out and does so no longer, or as another type, as far as sample and output say; what is new."""
    before, after = ({**dict(_shown(sample)), **dict(_said(output))} for sample, output in (was, now))
    outer = {name for name in before if name not in after}
    for name, types in before.items():
        if name not in after:
            if _parent(name) not in outer:
                yield broken("output-gone", (*path, "sample"), f"'{operation}' gives no '{name}' any more")
        elif types and after[name] - types:
            message = f"'{operation}' gives '{name}' as {_listed(after[name])}, was {_listed(types)}"
            yield broken("output-type", (*path, *_route(name)), message)
    yield from (f"'{operation}' gives '{name}' in addition" for name in after if name not in before)


def _shown(value: Any, path: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Every field of a sample with its type; of null nothing is known."""
    for name, one in value.items() if isinstance(value, dict) else ():
        at = f"{path}.{name}" if path else name
        yield at, frozenset({_TYPES[type(one)]} if one is not None else ())
        yield from _shown(one, at)
    for one in value if isinstance(value, list) else ():
        yield from _shown(one, f"{path}[]")


def _said(field: Field | None, path: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Every field that an output declares, with its types."""
    for name, one in (field.properties or {}).items() if field else ():
        at = f"{path}.{name}" if path else name
        read = f" in another form ({one.read})" if one.read and one.read.startswith("epoch") else ""
        kinds = ("number" if kind == "integer" else kind for kind in one.kinds if kind != "null")
        yield at, frozenset(f"{kind}{read}" for kind in kinds)
        yield from _said(one, at)
    if field is not None and field.items is not None:
        yield from _said(field.items, f"{path}[]")


def _parent(name: str) -> str:
    return name.rpartition(".")[0].removesuffix("[]")


def _route(name: str) -> Route:
    """Where a sample shows it."""
    steps = name.replace("[]", ".0").split(".")
    return ("sample", *(step for step in steps if step))


def _listed(types: frozenset[str]) -> str:
    return " or ".join(sorted(types)) or "nothing"
