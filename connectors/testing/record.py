"""From what went over the wire to a case that may be kept: scrubbed, played once as a proof, looked at for secrets."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.components.auth.flow import Session, is_due
from connectors.components.memory import Memory
from connectors.engine import redaction
from connectors.engine.connection import Connection
from connectors.engine.session import SignedIn
from connectors.errors import GridwireError
from connectors.manifest.model import Connector
from connectors.testing.case import FORMAT, Case, CaseError, loads
from connectors.testing.compare import Difference, differing
from connectors.testing.perform import IDEMPOTENCY_KEY
from connectors.testing.placeholders import placeholders
from connectors.testing.replay import Script, Unmatched, acts, mask_of, played, with_outcomes
from connectors.testing.scan import suspects
from connectors.testing.scrub import Scrubber
from connectors.testing.secrets import HIDDEN, idempotency_keys
from connectors.testing.shorten import shortened
from connectors.testing.signed import proven_anew, without_proofs
from connectors.testing.steps import Exchange


class NotRecorded(GridwireError):
    """What happened cannot become a case, so that there is none."""

    kind = "not_recorded"


@dataclass(frozen=True)
class Take:
    """What was done, as the one who did it knows it."""

    connection: Connection
    operation: str
    input: Mapping[str, Any]
    evidence: str
    folder: Path
    """The folder of all cassettes."""
    name: str
    """The case's name."""
    exchanges: Sequence[Sequence[Exchange]] = field(default_factory=list)
    """What went over the wire: in the one call, or poll by poll."""
    times: Sequence[datetime] = ()
    """When each poll was; none for what is no trigger."""
    options: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Any] | None = None
    memory: Memory | None = None
    """What was remembered before the first poll, or before anything happened to the webhook."""
    webhook: Mapping[str, Any] | None = None
    """What happened to the webhook, in the words of a case, with its real address and secret and no exchanges."""
    session: Session | None = None
    """What the account was signed in with when it began."""
    most_items: int | None = None
    """How many items of each page are enough, if it is polled."""
    repairs: Sequence[str] = ()
    """What differs from what was seen."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def path(self) -> Path:
        """Where the case is kept."""
        return self.folder / self.connection.connector.connector / self.operation / f"{self.name}.yaml"

    def case(self) -> Case:
        """The case as it was seen, with everything secret still in it and no outcome."""
        connector = self.connection.connector
        secret = {name for name, one in connector.connection.fields.items() if one.secret}
        values = {name: HIDDEN + name if name in secret else value for name, value in self.connection.values.items()}
        given = {name: value for name, value in self.options.items() if value or name == "confirmed"}
        asked_nobody = self.webhook is None and not any(self.exchanges)
        said: dict[str, Any] = {
            "evidence": "manifest" if asked_nobody else self.evidence,
            **({"repairs": list(self.repairs)} if self.repairs else {}),
            "date": self.now.date().isoformat(),
            "manifest": f"{connector.connector} {connector.version}",
            "format": FORMAT,
            "operation": self.operation,
            "connection": values,
            **({"session": _lasting(self.session)} if self.session else {}),
            "input": dict(self.input),
            **({"options": given} if given else {}),
            **({"choices": dict(self.choices)} if self.choices else {}),
            **({"memory": self.memory.as_dict()} if self.memory else {}),
        }
        seen = [[one.model_dump(by_alias=True, exclude_unset=True) for one in part] for part in self.exchanges]
        if self.webhook:
            steps = zip(self.webhook["steps"], seen, strict=True)
            whole = [{**step, **({"exchanges": part} if part else {})} for step, part in steps]
            said["webhook"] = {**self.webhook, "steps": whole}
        elif self.times:
            said["polls"] = [{"at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "exchanges": part}
                             for at, part in zip(self.times, seen, strict=True)]  # fmt: skip
        else:
            said |= {"output": None, "exchanges": seen[0]}
        return Case.model_validate(said).at(self.path)


def session_of(connection: Connection) -> Session | None:
    """What the account is signed in with, if it is: a session that was made with other values is none."""
    session = connection.signed_in.session
    return dict(session) if session and session.get("of") == connection.mark else None


def _lasting(session: Session) -> Session:
    """The session, which neither begins nor ceases to be due as time goes by."""
    ended = {"renew_at": 0} if is_due(session, time.time()) else {}
    return {name: value for name, value in session.items() if name not in ("of", "renew_at")} | ended


def draft(take: Take) -> Case:
    """The case to keep. Raises NotRecorded; SecretTooShort.

    Items are left out only if as much comes of what is left.
    """
    shorter = shortened(take, take.most_items) if take.most_items else None
    try:
        if shorter is not None:
            with suppress(NotRecorded):
                case = _draft(shorter)
                if _told_of(case)[1:] == _told_of(_draft(replace(take, most_items=None)))[1:]:
                    return case
        return _draft(take)
    except RecursionError:
        raise NotRecorded("what the vendor answered is nested too deeply to be kept") from None


def _draft(take: Take) -> Case:
    raw = take.case()
    scrubber = Scrubber(raw, take.connection)
    scrubbed = scrubber.case(raw)
    keys = idempotency_keys(take.connection.connector, [one for part in take.exchanges for one in part])
    seen = [scrubber.value(words) for words in asyncio.run(_outcomes(raw, take.connection, next(iter(keys), "")))]
    connector = take.connection.connector
    pretend = Connection.open(connector, placeholders(connector, scrubbed.connection))
    scrubbed = proven_anew(scrubbed, raw, pretend, seen)
    kept = asyncio.run(_proven(scrubbed, pretend))
    _check_same(seen, kept)
    case = with_outcomes(scrubbed, kept)
    if found := asyncio.run(played(case, connector)):
        raise _not_as_seen("it does not play", found, _OURS)
    _check_innocent(case, connector, scrubber)
    try:
        return loads(case.dumps(), "the case").at(case.path)
    except CaseError as error:
        message = f"what the vendor answered does not fit into a case: {error.problems[0].message}"
        raise NotRecorded(message, remedy="Record something smaller.") from None


def _told_of(case: Case) -> list[int]:
    """How much each poll tells of."""
    return [len(poll.events or ()) for poll in case.polls or ()]


async def _outcomes(case: Case, connection: Connection, key: str = "") -> list[dict[str, Any]]:
    """What came out, step by step, at the account that was used, as if nobody had used it before."""
    unused = replace(connection, signed_in=SignedIn(), worked={})
    try:
        return [now async for _, _, now in acts(case, unused, Script(str), key=key or IDEMPOTENCY_KEY)]
    except Unmatched as unmatched:
        raise _not_as_seen("what was seen does not follow from the input", unmatched.differences, _OURS) from None


async def _proven(case: Case, pretend: Connection) -> list[dict[str, Any]]:
    """What comes out of the scrubbed case, step by step."""
    try:
        return [now async for _, _, now in acts(case, pretend, Script(mask_of(pretend, case)))]
    except Unmatched as unmatched:
        raise _not_as_seen(
            "with placeholders the program sends something else", unmatched.differences, _TAKEN
        ) from None


def _check_same(seen: list[dict[str, Any]], kept: list[dict[str, Any]]) -> None:
    """With invented people the same must come out, with those people in it; memory may hold hashes of them."""
    for before, after in zip(seen, kept, strict=True):
        for name in ("output", "error", "events", "held", "kept", "standing", "reply", "problem"):
            found = list(differing(name, _told(before.get(name)), _told(after.get(name))))
            if found:
                raise _not_as_seen("with invented people something else comes out", found, _WHOLE)


def _told(value: Any) -> Any:
    """The value without a file's content, in whose place another may stand, and without what stands for a secret."""
    if isinstance(value, dict):
        spared = {"content", "size"} if {"media_type", "content", "size"} <= value.keys() else set[str]()
        return {_told(name): _told(inner) for name, inner in value.items() if name not in spared}
    if isinstance(value, list):
        return [_told(inner) for inner in value]
    return HIDDEN if isinstance(value, str) and (HIDDEN in value or redaction.HIDDEN in value) else value


_WHOLE = "Use whole names and addresses in the input, so that others can take their place."
_TAKEN = "Something that was taken for a secret or a person decides what is sent. Use another input or another account."
_OURS = "Record it once more. If it stays so, please report it: that is our mistake."


def _not_as_seen(why: str, found: list[Difference], remedy: str) -> NotRecorded:
    several = "\n".join(map(str, found[:5]))
    return NotRecorded(f"this cannot be kept as a case: {why}\n{several}", remedy=remedy)


def _check_innocent(case: Case, connector: Connector, scrubber: Scrubber) -> None:
    said = without_proofs(case, connector)
    looks = [f"{where}: {what}" for where, what in suspects(said)]
    text = case.dumps()
    looks += [f"'{name}' is still in it" for secret, name in scrubber.secrets.items() if _is_in(secret, text)]
    if looks:
        listed = "\n".join(f"    {look}" for look in dict.fromkeys(looks[:20]))
        remedy = "Leave that out at the vendor, or use another account, and record again."
        raise NotRecorded(f"what was seen holds what looks like a secret:\n{listed}", remedy=remedy)


def _is_in(secret: str, text: str) -> bool:
    """Whether the secret is in the text, in any form that secrets are hidden in, wrapped over lines too."""
    if secret.isdecimal():
        return re.search(rf"(?<![0-9]){secret}(?![0-9])", text) is not None
    return redaction.Redaction([secret])(text) != text
