"""What a machine can mend where a network would refuse a post: the text cut or threaded, a file made anew."""

from __future__ import annotations

from pipeline.repairs.steps import Offer, Step, fix, offers, place_of, plan, put_back

__all__ = ["Offer", "Step", "fix", "offers", "place_of", "plan", "put_back"]
