"""The studio's addresses."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path, re_path

from web import actions, channels, connect, delivery, files, handoff, mails, pages, people, public, writing

urlpatterns: list[URLPattern] = [
    path("", pages.calendar, name="calendar"),
    path("calendar/<int:year>/<int:month>/", pages.calendar, name="month"),
    path("to-approve/", pages.queue, name="queue"),
    path("drafts/", pages.drafts, name="drafts"),
    path("drafts/new/", writing.new, name="new"),
    path("delivery/", delivery.page, name="delivery"),
    path("handoff/", handoff.every, name="handoffs"),
    path("handoff/<int:pk>/", handoff.one, name="handoff"),
    path("handoff/<int:pk>/done/", handoff.done, name="handoff-done"),
    path("handoff/<int:pk>/not-posted/", handoff.not_posted, name="handoff-not-posted"),
    path("handoff/<int:pk>/file/<str:name>", handoff.file, name="handoff-file"),
    path("channels/", channels.listed, name="channels"),
    path("channels/add/<slug:platform>/", channels.add, name="add-channel"),
    path("channels/app/<slug:consent>/", channels.app, name="app"),
    path("channels/connect/<slug:consent>/", connect.begin, name="connect"),
    path("channels/connect/<slug:consent>/back/", connect.back, name="connect-back"),
    path("channels/choose/<int:pk>/", connect.choose, name="choose"),
    path("channel/<slug:channel>/", channels.one, name="channel"),
    path("channel/<slug:channel>/settings/", channels.change, name="change-channel"),
    path("channel/<slug:channel>/check/", channels.check, name="check-channel"),
    path("channel/<slug:channel>/hold/", channels.hold, name="hold-channel"),
    path("channel/<slug:channel>/aside/", channels.aside, name="aside-channel"),
    path("channel/<slug:channel>/use/", channels.use, name="use-channel"),
    path("post/<int:pk>/", pages.post, name="post"),
    path("post/<int:pk>/submit/", actions.submit, name="submit"),
    path("post/<int:pk>/approve/", actions.approve, name="approve"),
    path("post/<int:pk>/request-changes/", actions.request_changes, name="request-changes"),
    path("post/<int:pk>/recall/", actions.recall, name="recall"),
    path("post/<int:pk>/schedule/", writing.schedule, name="schedule"),
    path("post/<int:pk>/text/<int:text>/", writing.text, name="text"),
    path("post/<int:pk>/text/<int:text>/read/", actions.mark_read, name="mark-read"),
    path("post/<int:pk>/picture/<int:use>/", writing.alt, name="alt"),
    path("post/<int:pk>/publication/<int:publication>/move/", writing.move, name="move"),
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
