"""How a page is written and sent: filled templates, headers that let it do nothing but be read, errors in words."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any, TypeAlias

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from connectors.errors import GridwireError, InputError
from connectors.server.call import Call
from connectors.server.pages.words import Language, language_for, say
from connectors.server.problems import Refusal, expected
from connectors.service.connections import NoSuchConnectionError
from connectors.service.tickets import NoSuchTicketError

Show: TypeAlias = Callable[[Call], Awaitable[Response]]

_FOLDER = Path(__file__).parent / "templates"
_STYLE = (_FOLDER / "style.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = {"Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "X-Robots-Tag": "noindex"}

_templates = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def page(show: Show) -> Show:
    """Lets the handler of a page say what went wrong in words, as a page."""

    @wraps(show)
    async def shown(call: Call) -> Response:
        try:
            return await show(call)
        except (NoSuchTicketError, NoSuchConnectionError):
            return message(call, "gone", status=404)
        except Refusal as error:
            return message(call, "unreadable", status=error.http_status)
        except InputError as error:
            trouble = {"details": error.message}
            return message(call, "not_connected", status=error.http_status, text="cannot", trouble=trouble)
        except Exception as error:  # noqa: BLE001 - whatever it is, the reader is told as a reader
            return _broken(call, expected(error, call.correlation_id))

    return shown


def language_of(call: Call) -> Language:
    """The language that the reader's browser asks for."""
    return language_for(call.headers.get("accept-language", ""))


def message(call: Call, key: str, *, status: int = 200, **facts: Any) -> Response:
    """A page that says one thing. `key` names its words; `facts` see message.html."""
    return written(call, "message.html", status=status, key=key, **facts)


def redirect(address: str) -> Response:
    """Sends the browser there, with GET."""
    return RedirectResponse(address, 303, {**_HEADERS, "Content-Security-Policy": _POLICY})


def written(call: Call, template: str, *, status: int = 200, leaves: bool = False, **facts: Any) -> Response:
    """A filled template; `leaves` says that a form on it leads to other hosts.

    Browsers apply `form-action` to every redirect that follows a form, and a vendor's sign-in may lead anywhere.
    """
    language = language_of(call)
    filled = _templates.get_template(template).render(
        **facts, language=language, say=partial(say, language), style=_STYLE
    )
    policy = _POLICY if leaves else f"{_POLICY}; form-action 'self'"
    headers = {**_HEADERS, "Content-Security-Policy": policy, "Content-Language": language, "Vary": "Accept-Language"}
    return HTMLResponse(filled, status, headers)


def _broken(call: Call, error: GridwireError) -> Response:
    return message(call, "broken", status=error.http_status, code=call.correlation_id)
