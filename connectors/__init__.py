"""Reads a vendor's manifest and does what it says: the runtime of gridwire.

No vendor is described here. Each is one YAML file in `manifests/`; a new vendor, trigger or action is written there,
and nothing in this package changes. The floors, from the ground up: `components` know one job each, `manifest` adds
the vendor's words, `engine` adds the network, and `server`, `cli` and `export` add people. The page to read first is
`engine/run.py`.
"""

from __future__ import annotations

__version__ = "0.1.0"
