"""What a start costs."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import asyncio, sys
from pathlib import Path
from connectors.service.store import Store

async def start():
    async with Store(Path(sys.argv[1])):
        pass

asyncio.run(start())
print("alembic" in sys.modules)
"""


def test_what_moves_the_schema_up_is_imported_only_if_it_has_to(tmp_path):
    said = [subprocess.check_output([sys.executable, "-c", SCRIPT, str(tmp_path)], text=True) for _ in range(2)]

    assert said == ["True\n", "False\n"]
