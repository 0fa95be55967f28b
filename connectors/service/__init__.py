"""What the server remembers: workspaces, keys, connections, and what was done with them.

`store` keeps rows, `vault` seals what is secret in them; every other module is one noun of the contract. Nothing above
this floor opens the database, and nothing here knows of HTTP or of a terminal.
"""
