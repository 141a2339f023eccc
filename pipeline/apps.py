"""The one Django app that holds the store."""

from django.apps import AppConfig


class PipelineConfig(AppConfig):
    """Models and migrations of every stage."""

    name = "pipeline"
    verbose_name = "Porte-voix"
