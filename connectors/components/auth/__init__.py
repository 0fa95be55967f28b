"""Signing in: one file for those kinds that send what they are given, one for each that obtains a session first.

Every kind puts a credential on a request (`signed`). Those with a session also have a flow that obtains and renews it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from pydantic import Field as Attribute

from connectors.components.address import UrlPattern
from connectors.components.auth.keys import ApiKey, Basic, Bearer, Place
from connectors.components.auth.login import Login
from connectors.components.auth.oauth2 import OAuth2
from connectors.components.component import OneKind
from connectors.components.extract import MISSING
from connectors.components.filters import as_text
from connectors.components.template import Hole, NotText, Scope
from connectors.errors import InputError

Way: TypeAlias = ApiKey | Basic | Bearer | Login | OAuth2


class Auth(OneKind):
    """How requests are signed in."""

    api_key: ApiKey | None = None
    """A key that goes along in a header or in the query."""
    basic: Basic | None = None
    """A user name and a password: `basic: {username: "{email}/token", password: "{token}"}`."""
    bearer: Bearer | None = None
    """A token in the header Authorization: `bearer: {token: "{token}"}`."""
    login: Login | None = None
    """Credentials that are posted once, for a token that then goes along until it ends."""
    oauth2: OAuth2 | None = None
    """OAuth 2.0: a person allows it in the browser, or the program signs in as itself."""
    one_of: dict[str, Auth] | None = Attribute(None, min_length=1)
    """Several ways. The user chooses with the connection value `auth`; default: the first whose fields are given."""

    @property
    def title(self) -> str | None:
        """What a person reads who chooses this way."""
        return None if self.one_of is not None else self.chosen.title

    def chosen_for(self, values: Scope) -> Way:
        """The one way that these connection values ask for.

        Raises InputError if they name one that is not there, or suffice for none.
        """
        if self.one_of is None:
            return self._sufficient(values)
        combinations = {tuple(dict.fromkeys(hole.name for hole in way.needed())) for _, way in self.ways()}
        if "auth" not in values and len(combinations) > 1 and not self.is_ready(values):
            raise _too_little(combinations, values)
        return self.one_of[self.name_for(values)].chosen_for(values)

    def name_for(self, values: Scope) -> str:
        """The name of the way that these connection values ask for; of the only way, its kind. Raises InputError."""
        if self.one_of is None:
            return self.kind
        wanted = values.get("auth")
        if wanted is None:
            ready = (name for name, way in self.one_of.items() if way.is_ready(values))
            return next(ready, next(iter(self.one_of)))
        if wanted not in self.one_of:
            ways = ", ".join(self.one_of)
            raise InputError(f"there is no way to sign in called '{wanted}'; there are {ways}", field="auth")
        return str(wanted)

    def _sufficient(self, values: Scope) -> Way:
        way: Way = self.chosen
        for hole in way.needed():
            if hole.value(values) is MISSING:
                raise InputError(f"'{hole.name}' is required: it is needed to sign in", field=hole.name)
        for hole in (hole for _, hole in way.holes() if hole.value(values) is not MISSING):
            try:
                hole.apply(as_text, hole.value(values))
            except NotText as error:
                raise InputError(f"'{hole.name}' is needed to sign in, but {error.reason}", field=hole.name) from None
        return way

    def is_ready(self, values: Scope) -> bool:
        """Whether the values hold everything that this way needs."""
        if self.one_of is not None:
            return any(way.is_ready(values) for way in self.one_of.values())
        return all(hole.value(values) is not MISSING for hole in self.chosen.needed())

    def ways(self) -> Iterator[tuple[Place, Way]]:
        """Every way with its place in this block."""
        if self.one_of is None:
            yield (self.kind,), self.chosen
        for name, way in (self.one_of or {}).items():
            yield from ((("one_of", name, *place), kind) for place, kind in way.ways())

    def holes(self) -> Iterator[tuple[Place, Hole]]:
        """The holes that the connection's values fill, of all ways, with their places in this block."""
        for place, way in self.ways():
            yield from (((*place, *path), hole) for path, hole in way.holes())

    def hosts(self) -> Iterator[tuple[Place, str | UrlPattern]]:
        """The addresses where sessions come from, besides the base URL, with their places in this block."""
        for place, way in self.ways():
            if isinstance(way, Login | OAuth2):
                yield from (((*place, *path), url) for path, url in way.hosts())


def _too_little(combinations: set[tuple[str, ...]], values: Scope) -> InputError:
    """Says what may be given together, and names what the nearest of it lacks."""
    ways = sorted(combinations, key=lambda names: (len(names), names))
    nearest = max(ways, key=lambda names: sum(name in values for name in names))
    said = ", or ".join(" and ".join(f"'{name}'" for name in names) for names in ways)
    return InputError(f"signing in needs {said}", field=next(name for name in nearest if name not in values))
