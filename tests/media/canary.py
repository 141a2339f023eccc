"""The words that no published file may contain."""

CANARY = b"canary Amina 48.8584 N 2.2945 E"
