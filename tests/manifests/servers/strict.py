"""Checks: each takes a value and returns it, read, or raises Wrong, which says where it is wrong and why."""

from __future__ import annotations

import re


class Wrong(Exception):
    """What the documentation does not allow: `kind` is unknown, missing, invalid, json or media_type."""

    def __init__(self, kind, why, *path, value=None):
        self.kind, self.why, self.path, self.value = kind, why, path, value
        self.place = ""

    @property
    def name(self):
        return ".".join(map(str, self.path))


def read(place, check, value):
    """The value, if it passes; what is wrong is marked as found in the query or the body."""
    try:
        return check(value)
    except Wrong as wrong:
        wrong.place = wrong.place or place
        raise


def fields(checks, *required):
    """An object with these keys alone."""

    def check(value):
        if not isinstance(value, dict):
            raise Wrong("invalid", "should be an object", value=value)
        for name in value:
            if name not in checks:
                raise Wrong("unknown", "is not documented", name, value=value[name])
        for name in required:
            if name not in value:
                raise Wrong("missing", "is required", name)
        return {name: _at(name, checks[name], value[name]) for name in value}

    return check


def items(check, most=None):
    """A list of such values, at `most` so many."""

    def check_items(value):
        if not isinstance(value, list):
            raise Wrong("invalid", "should be an array", value=value)
        if most is not None and len(value) > most:
            raise Wrong("invalid", f"should have at most {most} elements", value=value)
        return [_at(index, check, each) for index, each in enumerate(value)]

    return check_items


def mapping(key, check, most=None):
    """An object with any keys that pass."""

    def check_mapping(value):
        if not isinstance(value, dict) or (most is not None and len(value) > most):
            raise Wrong("invalid", "should be an object" + (f" of at most {most} keys" if most else ""), value=value)
        return {_at(name, key, name): _at(name, check, value[name]) for name in value}

    return check_mapping


def _at(name, check, value):
    try:
        return check(value)
    except Wrong as wrong:
        wrong.path = (name, *wrong.path)
        raise


def rule(test, why):
    """A check made of a condition, and of what it asks for in words."""

    def check(value):
        if not test(value):
            raise Wrong("invalid", f"should be {why}", value=value)
        return value

    return check


def text(most=None, least=0):
    why = "a string" + (f" of {least} to {most} characters" if most else "")
    return rule(lambda value: isinstance(value, str) and least <= len(value) <= (most or len(value)), why)


def number(low=None, high=None):
    """A whole number in JSON."""
    return rule(lambda value: type(value) is int and _within(value, low, high), "an integer" + _range(low, high))


def digits(low=None, high=None):
    """A whole number written as text, as in a query or a form."""

    def check(value):
        if (
            not isinstance(value, str)
            or not re.fullmatch(r"-?[0-9]{1,18}", value)
            or not _within(int(value), low, high)
        ):
            raise Wrong("invalid", "should be an integer" + _range(low, high), value=value)
        return int(value)

    return check


def _within(value, low, high):
    return (low is None or value >= low) and (high is None or value <= high)


def _range(low, high):
    return "" if low is None else f" from {low} up" if high is None else f" from {low} to {high}"


def word(*words):
    return rule(lambda value: value in words, "one of " + ", ".join(map(str, words)))


def words(*allowed):
    """A list separated by commas, or given by repeating the parameter; without `allowed`, of any words."""

    def check(value):
        found = [each for one in as_list(value) for each in one.split(",")]
        if not all(found) or (allowed and not {*found} <= {*allowed}):
            raise Wrong(
                "invalid", "should be a comma-separated list" + (f" of {allowed}" if allowed else ""), value=value
            )
        return found

    return check


def either(*checks):
    """Whatever passes one of the checks."""

    def check(value):
        for each in checks[:-1]:
            try:
                return each(value)
            except Wrong:
                continue
        return checks[-1](value)

    return check


def or_null(check):
    return either(rule(lambda value: value is None, "null"), check)


flag = rule(lambda value: isinstance(value, bool), "a boolean")
truth = word("true", "false")
anything = rule(lambda value: True, "anything")


def pattern(expression, why):
    return rule(lambda value: isinstance(value, str) and re.fullmatch(expression, value) is not None, why)


def as_list(value):
    return value if isinstance(value, list) else [value]
