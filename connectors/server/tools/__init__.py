"""Actions and searches as tools for AI agents (the Model Context Protocol).

`listing.py` says what there is, `calling.py` does it by way of the HTTP API's own handlers, and `protocol.py` alone
speaks the protocol; it is imported when somebody first wants it, because that takes half a second and 30 MB.
"""
