"""Calendar files (RFC 5545): ours written, those of others read in a process with limits, and fetched with care.

Nothing here knows the database: what is read from strangers is read before any of it is loaded.
"""
