"""The one Django app that holds the store."""

from types import ModuleType

from django.apps import AppConfig

from publishers._sentences import compile_catalogues


class PipelineConfig(AppConfig):
    """Models and migrations of every stage."""

    name = "pipeline"
    verbose_name = "Porte-voix"

    def __init__(self, app_name: str, app_module: ModuleType | None) -> None:
        """The translations are compiled where they are missing: before the models, whose making asks for some."""
        super().__init__(app_name, app_module)
        compile_catalogues()
