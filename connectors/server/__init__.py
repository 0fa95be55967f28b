"""The server: connectors over HTTP, for no-code platforms and scripts.

It remembers nothing between requests. `routes.py` is the table of all there is, with who may ask for it.
"""

from __future__ import annotations

from connectors.server.app import create_app

__all__ = ["create_app"]
