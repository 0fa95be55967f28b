"""The pages that people see in a browser: where an account is connected, and what comes before and after signing in.

They need no script, hold nothing of other hosts, and speak the reader's language so far as `words.py` knows it; what
the manifest or the vendor says stays as it is.
"""
