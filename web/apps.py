"""The studio as a Django app; it stores nothing of its own."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, forms and their words."""

    name = "web"
