"""The command line of gridwire, from a checkout: `python cli.py …` is the same program as the installed `gridwire …`.

Five to begin with; none needs an account, and nothing is sent:

    python cli.py connectors
    python cli.py show reonic create_request
    python cli.py check manifests/reonic.yaml
    python cli.py schema
    python cli.py run reonic.get_user --dry-run --set clientId=acme --set apiKey=invented -i id=u-1
"""

from __future__ import annotations

from connectors.cli import main

if __name__ == "__main__":
    main()
