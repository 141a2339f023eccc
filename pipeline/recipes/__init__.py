"""Templates of posts: config/recipes says which posts are drafted together, from a summary, a reel or a text."""

from pipeline.recipes.definitions import PostRecipe, Recipe, listed, load
from pipeline.recipes.making import Given, card_of, channels_for, draft, period_of, taking, title_of, week

__all__ = [
    "Given",
    "PostRecipe",
    "Recipe",
    "card_of",
    "channels_for",
    "draft",
    "listed",
    "load",
    "period_of",
    "taking",
    "title_of",
    "week",
]
