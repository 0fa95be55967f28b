"""One thing, with one vendor, once. Begin with `run.py`."""
