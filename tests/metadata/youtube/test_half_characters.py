"""A title cut off in the middle of an emoji: JSON can hold half a character, nothing else."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from django.conf import settings

from channels_app.models import Track
from jobs import queue
from jobs.models import Job
from jobs.processes.child import Events
from jobs.states import Status
from tests.working import run_next
from tests.youtube import LoopbackYouTube

HALF = "\ud83d"


def test_half_a_character_does_not_cross_the_wall_and_a_whole_one_does() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Events(theirs).send("result", title=f"Sea {HALF}", whole="🌊", **{f"key {HALF}": 1})
        line = ours.recv(1000)
    assert json.loads(line) == {"event": "result", "title": "Sea ?", "whole": "🌊", "key ?": 1}


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("forked")
def test_half_a_character_in_a_title_costs_neither_the_channel_nor_the_video(
    youtube: LoopbackYouTube,
) -> None:
    channel = youtube.catalogue.add_channel("Cut", videos=2)
    cut = channel.videos[0]
    cut.title, cut.description = f"Sea {HALF}", f"Waves {HALF} 🌊"

    parent = queue.submit("channel_download", {"channel_id": channel.channel_id}).job
    while run_next():
        pass

    ended = Job.objects.values_list("status", "error_message")
    assert set(ended) == {(Status.COMPLETED, "")}, list(ended)
    assert Job.objects.filter(parent=parent).count() == Track.objects.available().count() == 2
    track = Track.objects.get(youtube_id=cut.video_id)
    assert track.title == "Sea ?"
    assert Job.objects.get(target=cut.video_id).result["warnings"] == []
    info = track.files.get(kind="info")
    told = json.loads((Path(settings.MEDIA_ROOT) / info.relative_path).read_text())
    assert (told["title"], told["description"]) == ("Sea ?", "Waves ? 🌊")
