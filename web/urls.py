"""The studio's addresses."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path, re_path

from web import actions, calendar, delivery, files, handoff, mails, pages, people, public, recipes, writing

urlpatterns: list[URLPattern] = [
    path("", calendar.month, name="calendar"),
    path("calendar/<int:year>/<int:month>/", calendar.month, name="month"),
    path("calendar/week/<str:day>/", calendar.week, name="week"),
    path("slots/", calendar.slots_page, name="slots"),
    path("slots/<int:pk>/remove/", calendar.remove_slot, name="remove-slot"),
    path("stop/<int:pk>/", calendar.stop, name="stop"),
    path("to-approve/", pages.queue, name="queue"),
    path("drafts/", pages.drafts, name="drafts"),
    path("drafts/new/", writing.new, name="new"),
    path("recipes/", recipes.listed, name="recipes"),
    path("recipes/<slug:chosen>/", recipes.recipe, name="recipe"),
    path("delivery/", delivery.page, name="delivery"),
    path("handoff/", handoff.every, name="handoffs"),
    path("handoff/<int:pk>/", handoff.one, name="handoff"),
    path("handoff/<int:pk>/done/", handoff.done, name="handoff-done"),
    path("handoff/<int:pk>/not-posted/", handoff.not_posted, name="handoff-not-posted"),
    path("handoff/<int:pk>/file/<str:name>", handoff.file, name="handoff-file"),
    path("post/<int:pk>/", pages.post, name="post"),
    path("post/<int:pk>/read/", actions.read, name="read"),
    path("post/<int:pk>/copy/", actions.copy, name="copy"),
    path("post/<int:pk>/series/", actions.series, name="series"),
    path("post/<int:pk>/submit/", actions.submit, name="submit"),
    path("post/<int:pk>/approve/", actions.approve, name="approve"),
    path("post/<int:pk>/request-changes/", actions.request_changes, name="request-changes"),
    path("post/<int:pk>/recall/", actions.recall, name="recall"),
    path("post/<int:pk>/schedule/", writing.schedule, name="schedule"),
    path("post/<int:pk>/schedule/next/", actions.schedule_next, name="schedule-next"),
    path("post/<int:pk>/deadline/", writing.deadline, name="deadline"),
    path("post/<int:pk>/text/<int:text>/", writing.text, name="text"),
    path("post/<int:pk>/text/<int:text>/read/", actions.mark_read, name="mark-read"),
    path("post/<int:pk>/picture/<int:use>/", writing.alt, name="alt"),
    path("post/<int:pk>/publication/<int:publication>/move/", writing.move, name="move"),
    path("post/<int:pk>/publication/<int:publication>/next/", actions.move_to_next, name="move-to-next"),
    path("post/<int:pk>/publication/<int:publication>/swap/", calendar.swap, name="swap"),
    path("post/<int:pk>/publication/<int:publication>/cancel/", actions.cancel, name="cancel"),
    path("post/<int:pk>/publication/<int:publication>/send/", actions.send_late, name="send-late"),
    path("post/<int:pk>/publication/<int:publication>/decide/", actions.decide, name="decide"),
    path("post/<int:pk>/protect/<int:rendition>/", actions.confirm_protection, name="confirm-protection"),
    re_path(r"^file/(?P<sha256>[0-9a-f]{64})$", files.rendition, name="rendition"),
    re_path(r"^media/(?P<name>[0-9a-f]{64}\.jpg)$", public.media, name="public-media"),
    path("robots.txt", public.robots, name="robots"),
    path("font/inter.woff", files.font, name="font"),
    path("hold/", actions.hold, name="hold"),
    path("release/", actions.release, name="release"),
    path("mails/", mails.mails, name="mails"),
    path("language/", people.speak, name="language"),
    path("sign-in/", people.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
]
