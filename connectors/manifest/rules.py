"""Rules between inputs, as people read them."""

from __future__ import annotations

from connectors.components.fields import Rule

_RULES = {
    "exactly_one_of": "exactly one of",
    "at_least_one_of": "at least one of",
    "conflicts_with": "at most one of",
}


def in_words(rule: Rule) -> str:
    """What follows 'Give': `exactly one of latLng, address`."""
    if rule.required_with is not None:
        return "; ".join(f"{first} only with {', '.join(others)}" for first, others in rule.required_with.items())
    return f"{_RULES[rule.kind]} {', '.join(rule.names)}"
