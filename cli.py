"""The command line of gridwire, from a checkout: `python cli.py …` is the same program as the installed `gridwire …`.

Five to begin with; none needs an account, and nothing is sent:

    python cli.py connectors
    python cli.py show reonic create_request
    python cli.py check manifests/reonic.yaml
    python cli.py schema
    python cli.py run reonic.get_user --dry-run --set clientId=acme --set apiKey=invented -i id=u-1
"""

from __future__ import annotations

import sys

try:
    from connectors.cli import main
except ModuleNotFoundError as error:
    print(  # noqa: T201 - nothing that could print it better is there
        f"Error: this Python ({sys.executable}) has no module '{error.name}', which gridwire needs.\n"
        "Run `make run` first, or .venv/bin/python cli.py.",
        file=sys.stderr,
    )
    sys.exit(2)

if __name__ == "__main__":
    main()
