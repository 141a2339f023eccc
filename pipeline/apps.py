"""The one Django app that holds the store."""

from django.apps import AppConfig

from publishers._sentences import compile_catalogues


class PipelineConfig(AppConfig):
    """Models and migrations of every stage."""

    name = "pipeline"
    verbose_name = "Porte-voix"

    def ready(self) -> None:
        """The translations that Django reads are compiled where they are missing."""
        compile_catalogues()
