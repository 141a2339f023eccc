"""Notices: who is told what, by mail. A mail holds a number, a state, a channel and a link; nothing of the post itself.

Stages call `owe` inside their own transaction; `watch` owes what time brings; `send_due` hands the mails over. The two
are jobs of their own, beside delivery: a slow mail server makes no post late.
"""

from pipeline.notices.mutes import Choice, choices, choose, mute, unmute
from pipeline.notices.owing import owe
from pipeline.notices.sending import hand_in, send_due, send_test, set_up, troubles, waiting
from pipeline.notices.watching import watch

__all__ = [
    "Choice",
    "choices",
    "choose",
    "hand_in",
    "mute",
    "owe",
    "send_due",
    "send_test",
    "set_up",
    "troubles",
    "unmute",
    "waiting",
    "watch",
]
