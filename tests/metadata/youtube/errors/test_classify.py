"""yt-dlp's words into failure codes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from jobs.failures import FAILURES, Policy
from metadata.youtube.errors import messages
from metadata.youtube.errors.classify import (
    CODES,
    SENTENCE_LENGTH,
    Verdict,
    YtdlpError,
    classify,
    clean,
)
from tests.metadata.youtube.errors.known import KNOWN
from tests.metadata.youtube.errors.measured import MEASURED
from tests.metadata.youtube.errors.samples import (
    API,
    IMAGES,
    REPORT,
    ROTATED,
    WANTED,
    Sample,
    failed,
)

SAMPLES = (*MEASURED, *KNOWN)
OUR_OWN = {  # codes that no error of yt-dlp means
    "children_failed", "database_unavailable",
    "name_taken", "needed_job_failed", "profile_missing", "short_media", "stuck",
    "timed_out", "video_busy", "worker_lost",
}  # fmt: skip


def verdict(message: str, **changes: Any) -> Verdict:
    return classify(Sample("", "", message, **changes).error())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.fault)
def test_a_known_message_has_its_code(sample: Sample) -> None:
    assert classify(sample.error()).code == sample.code


def test_every_code_that_ytdlp_can_cause_has_a_sample() -> None:
    assert {sample.code for sample in SAMPLES} == CODES


def test_every_code_is_caused_by_ytdlp_or_is_our_own() -> None:
    assert set(FAILURES) == CODES | OUR_OWN
    assert not CODES & OUR_OWN


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.fault)
def test_a_sentence_is_one_line_without_ytdlps_decoration(sample: Sample) -> None:
    sentence = classify(sample.error()).sentence
    assert sentence
    assert not re.search(r"ERROR|\r|\n|\x1b|\[youtube|please report|caused by", sentence)
    assert len(sentence) <= SENTENCE_LENGTH


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.fault)
def test_captions_and_pictures_open_no_hold(sample: Sample) -> None:
    code = classify({**sample.error(), "stage": "sidecar"}).code
    assert FAILURES[code].policy is not Policy.HOLD


def test_a_refused_caption_is_retried() -> None:
    for status in (403, 429):
        message = f"Unable to download video subtitles for 'en': HTTP Error {status}: No"
        code = verdict(message, status=status, stage="sidecar").code
        assert FAILURES[code].policy is Policy.RETRY


@pytest.mark.parametrize(
    "title",
    [
        "Private video", "Sign in to confirm you're not a bot", "HTTP Error 429", "timed out",
        "No space left on device", "ffmpeg not found", "Video unavailable", "[Errno 28]",
        "Postprocessing: Invalid data found when processing input", "Incomplete data received",
    ],
)  # fmt: skip
def test_a_title_does_not_decide(title: str) -> None:
    written = (
        f"ERROR: unable to open for writing: [Errno 36] File name too long: '{title}.mp4.part'"
    )
    assert verdict(written, inner=("OSError",), errno=36).code == "name_too_long"
    assert verdict(written).code == "name_too_long"
    joined = f"ERROR: Postprocessing: file:{title} [x].mp4: moov atom not found"
    assert verdict(joined, inner=("FFmpegPostProcessorError",)).code == "conversion_failed"
    assert verdict(f"ERROR: unable to open for writing: [Errno 16] '{title}'").code == "unknown"
    tags = [f"    title           : {title}", f"      comment         : x: {title}"]
    assert verdict("ERROR: Postprocessing: Conversion failed!", warnings=tags).code == (
        "conversion_failed"
    )


@pytest.mark.parametrize("code", sorted(messages.COOKIES_WOULD_DO))
def test_expired_cookies_are_the_cause_where_cookies_would_have_helped(code: str) -> None:
    for sample in (sample for sample in SAMPLES if sample.code == code):
        error: YtdlpError = {**sample.error(), "warnings": [*sample.warnings, ROTATED]}
        assert classify(error).code == "cookies_refused"


@pytest.mark.parametrize("fault", ["removed", "geo", "disk full", "media 503", "upcoming"])
def test_expired_cookies_do_not_hide_another_cause(fault: str) -> None:
    sample = next(sample for sample in SAMPLES if sample.fault == fault)
    error: YtdlpError = {**sample.error(), "warnings": [ROTATED]}
    assert classify(error).code == sample.code


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("This live event will begin in 3 hours.", timedelta(hours=3)),
        ("This live event will begin in 45 minutes.", timedelta(minutes=45)),
        ("This live event will begin in 1 minute.", timedelta(minutes=1)),
        ("This live event will begin in an hour.", timedelta(hours=1)),
        ("This live event will begin in a few moments.", timedelta(minutes=5)),
        ("This live event will begin in 90 seconds", timedelta(seconds=90)),
        ("Premieres in 2 days", timedelta(days=2)),
        ("Premieres in 3 weeks", timedelta(weeks=3)),
        ("Premiere will begin shortly", timedelta(minutes=5)),
        ("Premieres on Sunday", None),
        ("Premieres in 99999999999999999999 days", None),
        ("Video unavailable", None),
        ("We're processing this video. Come back in 3 hours.", None),
    ],
)
def test_a_promised_time_is_told(text: str, hint: timedelta | None) -> None:
    assert verdict(f"ERROR: [youtube] f_x: {text}").release_at_hint == hint


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("ERROR: [youtube] f_x: Premieres in 3 hours", "Premieres in 3 hours"),
        ("\x1b[0;31mERROR:\x1b[0m [youtube] f_x: Video unavailable", "Video unavailable"),
        ("ERROR: \r[download] Got error: timed out", "Got error: timed out"),
        ("ERROR: [youtube:tab] @a: YouTube said: No.", "YouTube said: No."),
        ("ERROR: [youtube] a: No\nMore\nand more", "No"),
        ("ERROR: [youtube] a: No (caused by <HTTPError>)", "No"),
        (f"ERROR: [youtube] a: No{REPORT}", "No"),
        ("a\x07b\tc", "ab\tc"),
        ("proxy http://me:secret@host failed", "proxy http://***@host failed"),
        ("", ""),
        ("x" * 600, "x" * 500),
    ],
)
def test_words_are_cleaned(message: str, sentence: str) -> None:
    assert clean(message) == sentence


@pytest.mark.parametrize(
    ("warnings", "sentence"),
    [
        ((failed("HTTP Error 429: No"), IMAGES), f"{API}HTTP Error 429: No"),
        ((IMAGES, failed("timed out")), f"{API}timed out"),
        ((IMAGES,), IMAGES),
        ((), WANTED),
        (("[youtube] HTTP Error 503: No. Retrying (2/3)...",), WANTED),
    ],
)  # fmt: skip
def test_the_warning_that_decides_is_told(warnings: tuple[str, ...], sentence: str) -> None:
    assert verdict(f"ERROR: [youtube] x: {WANTED}", warnings=warnings).sentence == sentence


def test_the_line_of_ffmpeg_that_decides_is_told() -> None:
    words = ("muxer: No space left on device", "Conversion failed!")
    failed = "ERROR: Postprocessing: Conversion failed!"
    assert verdict(failed, warnings=words).sentence == words[0]
    assert verdict(failed, warnings=words[1:]).sentence == "Postprocessing: Conversion failed!"


def test_an_error_without_words_says_what_the_table_says() -> None:
    assert verdict("", exception="MemoryError").sentence == FAILURES["child_killed"].sentence
