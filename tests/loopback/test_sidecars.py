"""Captions and thumbnails come in the formats and languages that are asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.youtube import Channel, Fault, LoopbackYouTube, Video

from .ytdlp import YtDlp, watch

SPOKEN = ("First, dig <a hole>.", "Then 100% patience & water.", "花が咲く。")
BEGINNINGS = {
    "json3": '{"wireMagic":"pb3","events":[{"tStartMs":0,"dDurationMs":1000,',
    "vtt": "WEBVTT\nKind: captions\n\n00:00:00.000 --> 00:00:01.000\n",
    "srt": "1\n00:00:00,000 --> 00:00:01,000\nFirst, dig <a hole>.\n",
    "srv1": '<?xml version="1.0" encoding="utf-8" ?><transcript><text start="0.000" dur="1.000">',
    "srv2": '<?xml version="1.0" encoding="utf-8" ?><timedtext><text t="0" d="1000">',
    "srv3": '<?xml version="1.0" encoding="utf-8" ?><timedtext format="3"><body><p t="0" d="1000">',
    "ttml": '<?xml version="1.0" encoding="utf-8" ?><tt xml:lang="en" xmlns="http://www.w3.org/ns',
}


@pytest.fixture
def spoken(youtube: LoopbackYouTube, garden: Channel) -> Video:
    channel = youtube.catalogue.channel("Spoken") or youtube.catalogue.add_channel("Spoken")
    return youtube.catalogue.add_video(
        channel, "Spoken", captions={"en": "manual", "de": "manual", "fr": "asr"}, spoken=SPOKEN
    )


def files_of(ytdlp: YtDlp, video: Video) -> dict[str, Path]:
    found = ytdlp.folder.glob(f"{video.video_id}.*")
    return {path.name.removeprefix(video.video_id + "."): path for path in found}


def test_manual_and_automatic_captions_are_told_apart(ytdlp: YtDlp, spoken: Video) -> None:
    info = ytdlp.extract(watch(spoken.video_id), writeautomaticsub=True).info
    assert sorted(info["subtitles"]) == ["de", "en"]
    assert {"fr", "fr-orig", "ja", "es-en"} <= set(info["automatic_captions"])


@pytest.mark.parametrize("form", BEGINNINGS)
def test_captions_come_in_every_format(form: str, ytdlp: YtDlp, spoken: Video) -> None:
    outcome = ytdlp.download(
        watch(spoken.video_id),
        skip_download=True,
        writesubtitles=True,
        subtitleslangs=["en"],
        subtitlesformat=form,
    )
    text = files_of(ytdlp, spoken)[f"en.{form}"].read_text("utf-8")
    assert outcome.error is None
    assert text.startswith(BEGINNINGS[form])
    assert "花が咲く。" in text


def test_automatic_captions_are_downloaded_too(ytdlp: YtDlp, spoken: Video) -> None:
    ytdlp.download(
        watch(spoken.video_id),
        skip_download=True,
        writesubtitles=True,
        writeautomaticsub=True,
        subtitleslangs=["de", "fr"],
        subtitlesformat="json3",
    )
    files = files_of(ytdlp, spoken)
    assert sorted(files) == ["de.json3", "fr.json3"]
    events = json.loads(files["fr.json3"].read_text("utf-8"))["events"]
    assert [event["segs"][0]["utf8"] for event in events] == list(SPOKEN)


def test_refused_captions_cost_the_whole_video(
    youtube: LoopbackYouTube, ytdlp: YtDlp, spoken: Video
) -> None:
    """They come before the media, and through the API their failure raises."""
    youtube.fault(spoken.video_id, Fault.CAPTIONS_429)
    outcome = ytdlp.download(watch(spoken.video_id), writesubtitles=True, subtitleslangs=["en"])
    said = "Unable to download video subtitles for 'en': HTTP Error 429: Too Many Requests"
    assert outcome.error == f"ERROR: {said}"
    assert youtube.counters.of("captions", spoken.video_id) == 1
    assert youtube.counters.of("media", spoken.video_id) == 0


def test_a_thumbnail_is_a_real_picture(
    youtube: LoopbackYouTube, ytdlp: YtDlp, spoken: Video
) -> None:
    ytdlp.download(watch(spoken.video_id), skip_download=True, writethumbnail=True)
    assert files_of(ytdlp, spoken)["webp"].read_bytes().startswith(b"RIFF")
    assert youtube.counters.of("thumbnails", spoken.video_id) == 1


def test_a_missing_thumbnail_fails_nothing(
    youtube: LoopbackYouTube, ytdlp: YtDlp, spoken: Video
) -> None:
    youtube.fault(spoken.video_id, Fault.THUMBNAILS_404)
    outcome = ytdlp.download(watch(spoken.video_id), skip_download=True, writethumbnail=True)
    assert (outcome.error, files_of(ytdlp, spoken)) == (None, {})
    assert youtube.counters.of("thumbnails", spoken.video_id) > 1
