"""Clips whose faces are known, and the score of what was masked in them."""
