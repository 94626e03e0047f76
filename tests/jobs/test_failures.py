"""The table of failure codes agrees with itself and with what is promised."""

from __future__ import annotations

import re

import pytest

from jobs.failures import FAILURES, HOLD_ENDS, Failure, FailureType, Policy, failure

PROMISED = {
    Policy.SNOOZE: "premiere live_not_started still_processing",
    Policy.AGAIN: "database_unavailable video_busy",
    Policy.HOLD: (
        "bot_check too_many_requests session_limited captcha ip_blocked cookies_refused "
        "disk_full media_root_missing media_root_read_only"
    ),
    Policy.PERMANENT: (
        "video_removed video_private account_terminated tos_removed copyright_blocked geo_blocked "
        "members_only premium_only payment_required age_restricted channel_not_found "
        "channel_terminated channel_has_no_tab playlist_not_found drm_protected youtube_blocked "
        "format_unavailable bad_format_selector ffmpeg_missing name_too_long file_too_large "
        "name_taken unsupported_url profile_missing needed_job_failed"
    ),
    Policy.RETRY: (
        "media_not_found live_recording_unavailable channel_not_live network_down dns_failed "
        "connection_refused connection_reset proxy_failed certificate_untrusted server_error "
        "bad_answer incomplete_listing truncated_media short_media read_timeout no_formats "
        "needs_newer_ytdlp conversion_failed file_unreadable worker_lost child_killed timed_out "
        "stuck internal_error children_failed unknown sidecar_failed "
        "video_unavailable"
    ),
}
HOLDS = {
    "youtube": "bot_check too_many_requests session_limited captcha ip_blocked",
    "cookies": "cookies_refused",
    "disk": "disk_full",
    "media_root": "media_root_missing media_root_read_only",
}

each_row = pytest.mark.parametrize("row", FAILURES.values(), ids=lambda row: row.code)


@pytest.mark.parametrize("policy", Policy)
def test_each_code_has_its_promised_policy(policy: Policy) -> None:
    assert {row.code for row in FAILURES.values() if row.policy is policy} == set(
        PROMISED[policy].split()
    )


@pytest.mark.parametrize("cause", HOLDS)
def test_each_hold_has_its_cause(cause: str) -> None:
    assert {row.code for row in FAILURES.values() if row.hold == cause} == set(HOLDS[cause].split())


@each_row
def test_a_code_is_a_stable_name(row: Failure) -> None:
    assert FAILURES[row.code] is row
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", row.code)


@each_row
def test_a_hold_has_a_cause_and_nothing_else_has(row: Failure) -> None:
    assert bool(row.hold) == (row.policy is Policy.HOLD)


@each_row
def test_only_permanent_failures_are_not_retryable(row: Failure) -> None:
    assert row.retryable == (row.policy is not Policy.PERMANENT)


@each_row
def test_sentence_and_action_are_short_sentences(row: Failure) -> None:
    for text in (row.sentence, row.action):
        assert re.fullmatch(r"[A-Za-z].*\.", text)
        assert "  " not in text
    assert len(row.sentence) <= 80
    assert len(row.action) <= 180


@each_row
def test_what_comes_next_says_what_happens_by_itself(row: Failure) -> None:
    by_itself = {
        Policy.PERMANENT: "It is not retried by itself.",
        Policy.RETRY: "by itself",
        Policy.HOLD: "pause",
        Policy.SNOOZE: "no attempt is spent",
        Policy.AGAIN: "no attempt is spent",
    }
    assert by_itself[row.policy] in row.what_next


@each_row
def test_the_action_is_for_a_person_and_promises_nothing(row: Failure) -> None:
    assert row.what_next == f"{row.by_itself} {row.action}"
    for promise in ("by itself", "by themselves", "tried again", "no attempt"):
        assert promise not in row.action


@pytest.mark.parametrize("cause", HOLDS)
def test_each_hold_says_what_ends_it(cause: str) -> None:
    rows = [row for row in FAILURES.values() if row.hold == cause]
    [said] = {row.by_itself for row in rows}
    assert HOLD_ENDS.get(cause, "one job tries again after the cool-down") in said


def test_no_two_codes_say_the_same() -> None:
    assert len({row.sentence for row in FAILURES.values()}) == len(FAILURES)


def test_every_type_is_in_use_and_there_are_nine() -> None:
    assert {row.type for row in FAILURES.values()} == set(FailureType)
    assert len(FailureType) == 9


def test_an_unknown_code_is_the_row_unknown() -> None:
    assert failure("no_such_code") is FAILURES["unknown"]
    assert failure("bot_check") is FAILURES["bot_check"]


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        FAILURES["x"] = FAILURES["unknown"]  # type: ignore[index]
