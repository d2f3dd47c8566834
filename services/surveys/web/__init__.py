"""The HTTP API beneath the pages, and its document.
The app imports `api.py`; `make contracts` writes what `openapi.py` says.
It never decides: it passes what it was given to the store.
"""
