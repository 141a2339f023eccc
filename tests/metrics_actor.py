"""A real process that reads numbers from a real home. Started by test_metrics_processes.py.

python -m tests.metrics_actor prepare URL TOKEN ACCOUNTS POSTS    so many accounts there, each with so many posts out
python -m tests.metrics_actor collect                             one round; prints how many posts were read or refused
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta

import django


def prepare(url: str, token: str, accounts: str, posts: str) -> None:
    from django.utils import timezone

    from pipeline import channels, drafts, planning, review, setup
    from pipeline.models import Publication, Receipt, RevisionItem, Role, User

    setup.prepare()
    at = timezone.now() - timedelta(days=1)
    people = [
        User.objects.create(username=name, role=Role.COORDINATOR, password="!", second_factor_at=at)
        for name in ("one", "two")
    ]
    given = {"instance_url": url, "access_token": token}
    made = [channels.add(f"m{n}", "mastodon", given) for n in range(int(accounts))]
    for n in range(int(posts)):
        post = drafts.create(f"Post {n}", [drafts.Piece(one, {"fr": f"Mot {n}."}) for one in made], by=people[0])
        review.approve(review.submit(post, by=people[0]), by=people[1], accept_unread=["fr"])
        when = planning.wall_time((timezone.now() + timedelta(days=1)).isoformat())
        for row in planning.schedule(post, when, by=people[0], in_quiet_time=True):
            assert RevisionItem.objects.filter(pk=row.item_id).exists()
            Publication.objects.filter(pk=row.pk).update(state="published")
            Receipt.objects.create(
                publication=row, channel=row.channel, remote_id=str(9000 + row.pk), published_at=at,
                url=f"{url}/@us/{9000 + row.pk}",
            )  # fmt: skip


def collect() -> None:
    from pipeline import metrics

    done = metrics.collect()
    print(len(done.read) + len(done.failed))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    {"prepare": prepare, "collect": collect}[sys.argv[1]](*sys.argv[2:])
