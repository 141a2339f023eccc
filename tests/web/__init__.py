"""The studio's pages, through Django's own client."""
