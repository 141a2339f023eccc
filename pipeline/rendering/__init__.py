"""What cards and reels share: brand, typography, languages, sandboxed templates."""
