"""What a recipe says: config/recipes/NAME.yaml, checked against its summary and frozen."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import Refused
from pipeline.models import PostKind
from pipeline.rendering.languages import languages
from pipeline.summaries import definitions as summaries
from pipeline.summaries.definitions import Definition, Strings, Words
from pipeline.summaries.words import PLACE
from publishers._limits import networks
from publishers._sentences import Sentence, _

FOLDER = Path(__file__).parents[2] / "config" / "recipes"
NAME = r"^[a-z][a-z0-9_-]{0,40}$"
MOST_POSTS = 31

Place = Literal["headline", "trend", "detail", "source"]  # what templates/captions ask for
Source = Literal["summary", "reel", "text"]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PostRecipe(Frozen):
    """One post: of a summary, its sentences by their place in the caption and its card; else words around {text}."""

    name: str = Field(pattern=NAME)
    title: Words
    kind: PostKind | None = Field(default=None, description="where it is not the recipe's own")
    say: dict[Place, str] = {}
    card: str | None = None
    words: Words = {}


class Recipe(Frozen):
    """Posts drafted together, one a day where they are planned as a week."""

    recipe: str = Field(pattern=NAME)
    title: Words
    source: Source
    summary: str | None = None
    kind: PostKind = PostKind.EVERGREEN
    networks: Strings = Field(default=(), description="none named: every one that takes such posts")
    channels: Strings = Field(default=(), description="none named: every one in use on these networks")
    languages: Strings = Field(default=(), description="none named: each channel's own")
    posts: tuple[PostRecipe, ...] = Field(min_length=1, max_length=MOST_POSTS)

    @model_validator(mode="after")
    def _is_whole(self) -> Recipe:
        if unknown := set(self.languages) - set(languages()):
            raise ValueError(f"languages: {', '.join(sorted(unknown))} is not in config/languages.toml")
        if unknown := set(self.networks) - set(networks()):
            raise ValueError(f"networks: no {', '.join(sorted(unknown))}; there are {', '.join(networks())}")
        if (self.source == "summary") != (self.summary is not None):
            raise ValueError("summary: name one where the source is summary, and only there")
        names = [post.name for post in self.posts]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"posts: {', '.join(twice)} stands there twice")
        for post in self.posts:
            if wrong := _wrong_in(post, self.source):
                raise ValueError(f"posts.{post.name}.{wrong}")
        return self

    def post(self, name: str) -> PostRecipe:
        """The post of that name; `Refused` with the names there are."""
        found = next((one for one in self.posts if one.name == name), None)
        if found is None:
            names = ", ".join(one.name for one in self.posts)
            raise Refused(_("{recipe} has no post {name}: choose one of {names}.",
                            recipe=self.recipe, name=name, names=names))  # fmt: skip
        return found


def _wrong_in(post: PostRecipe, source: Source) -> str:
    """What the source does not give the post, or what is missing of it; "" where it is whole."""
    if not post.title:
        return "title: write one, in fr, en or both"
    if strange := _strange(post.title, {"period", "Period"} if source == "summary" else set()):
        return f"title: {{{strange}}} stands for nothing here"
    if strange := _strange(post.words, {"text"}):
        return f"words: {{{strange}}} stands for nothing here; there is {{text}}"
    if source == "summary":
        if missing := {"headline", "source"} - set(post.say):
            return f"say: the places {', '.join(sorted(missing))} are empty"
        if post.card is None:
            return "card: name one of the summary's cards"
        return "words: a summary's posts take their words from `say`" if post.words else ""
    if post.say or post.card:
        return "say, card: only a summary has sentences and cards"
    if not post.words or not all("{text}" in words for words in post.words.values()):
        return "words: write them around {text}, in each language"
    return ""


def _strange(words: Words, known: set[str]) -> str:
    """The first {place} that stands for nothing, or ""."""
    return next((one for text in words.values() for one in PLACE.findall(text) if one not in known), "")


def listed(folder: Path = FOLDER) -> list[str]:
    """The names of the recipes that are declared."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def load(name: str, folder: Path = FOLDER) -> Recipe:
    """The recipe `name`. Raises Refused with the names there are, or with each thing that is wrong in its file."""
    if name not in listed(folder):
        known = ", ".join(listed(folder)) or "–"
        raise Refused(_("There is no recipe {name}: choose one of {names}.", name=name, names=known))
    path = folder / f"{name}.yaml"
    try:
        recipe = Recipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise Refused(_wrong(path, " ".join(str(error).split()))) from error
    except ValidationError as error:
        raise Refused(_wrong(path, "; ".join(_told(one["loc"], one["msg"]) for one in error.errors()))) from error
    if wrong := _against_its_name(recipe, name) or _against_summary(recipe):
        raise Refused(_wrong(path, wrong))
    return recipe


def _wrong(path: Path, error: str) -> Sentence:
    return _("{file} cannot be used; correct it: {error}.", file=f"{path.parent.name}/{path.name}", error=error)


def _told(place: tuple[int | str, ...], what: str) -> str:
    """One mistake: where in the file, and what."""
    where = ".".join(str(one + 1) if isinstance(one, int) else one for one in place)
    return f"{where}: {what}" if where else what.removeprefix("Value error, ")


def _against_its_name(recipe: Recipe, name: str) -> str:
    return "" if recipe.recipe == name else f"recipe: write {name}, as the file is called"


def _against_summary(recipe: Recipe) -> str:
    """What the recipe asks of its summary that this has not, or ""."""
    if recipe.summary is None:
        return ""
    if recipe.summary not in summaries.listed():
        return f"summary: no summary {recipe.summary}; there are {', '.join(summaries.listed())}"
    definition = summaries.load(recipe.summary)
    if unknown := set(recipe.languages) - set(definition.languages):
        return f"languages: {recipe.summary} does not speak {', '.join(sorted(unknown))}"
    return next(filter(None, (_asked_in_vain(post, definition) for post in recipe.posts)), "")


def _asked_in_vain(post: PostRecipe, definition: Definition) -> str:
    strange = [name for name in post.say.values() if name not in definition.say]
    if strange:
        return f"posts.{post.name}.say: no sentence {strange[0]}; there are {', '.join(definition.say)}"
    if post.card not in definition.cards:
        return f"posts.{post.name}.card: no card {post.card}; there are {', '.join(definition.cards)}"
    return ""
