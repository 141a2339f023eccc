"""Reading, typing and comparing spreadsheets.

`reading`, `datasets`, `cells`, `tables` and `alarms` are plain Python; only `importing` writes the store.
"""
