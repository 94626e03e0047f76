"""What is noted of an exception of yt-dlp's before the child ends."""

from __future__ import annotations

import errno as os_errno
from collections.abc import Sequence
from typing import Any

import pytest
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError

from metadata.youtube.errors.classify import describe


class FakeResponse:
    status = 429
    reason = "Too Many Requests"


def http_error() -> HTTPError:
    return HTTPError(FakeResponse())


def raised(exception: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise exception from cause
    except type(exception) as caught:
        return caught


def info(exception: BaseException | None) -> tuple[Any, Any, Any]:
    return (type(exception), exception, None) if exception else (None, None, None)


def test_an_http_error_is_described() -> None:
    outer = DownloadError("ERROR: HTTP Error 429", info(http_error()))
    described = describe(raised(outer), ["one"], "listing")
    assert described == {
        "exception": "DownloadError",
        "inner": ["HTTPError"],
        "message": "ERROR: HTTP Error 429",
        "warnings": ["one"],
        "http_status": 429,
        "errno": None,
        "path": "",
        "stage": "listing",
    }


def test_a_chain_is_described_from_outside_in() -> None:
    refused = ConnectionRefusedError(111, "Connection refused")
    outer = DownloadError("ERROR: x", info(raised(TransportError(cause=refused), refused)))
    described = describe(outer, [], "extract")
    assert described["inner"] == ["TransportError", "ConnectionRefusedError"]
    assert described["errno"] == 111


@pytest.mark.parametrize("exception", [GeoRestrictedError("no"), ExtractorError("no")])
def test_an_extractors_error_is_described(exception: BaseException) -> None:
    described = describe(DownloadError("ERROR: no", info(exception)), [], "extract")
    assert described["inner"] == [type(exception).__name__]


def test_an_error_that_only_its_text_tells_of_is_described() -> None:
    described = describe(DownloadError("ERROR: Giving up", info(None)), [], "media")
    assert (described["inner"], described["http_status"], described["errno"]) == ([], None, None)


def test_what_was_handled_before_is_no_cause_when_a_cause_is_told() -> None:
    gone = ExtractorError("Video unavailable")
    gone.exc_info = info(None)
    outer = DownloadError("ERROR: [youtube] x: Video unavailable", info(gone))
    outer.__context__ = http_error()
    assert describe(outer, [], "extract")["http_status"] is None


def test_an_error_around_it_is_the_cause_when_none_is_told() -> None:
    outer = ValueError("Unable to download video: no space")
    outer.__context__ = OSError(os_errno.ENOSPC, "No space left on device")
    assert describe(outer, [], "media")["errno"] == os_errno.ENOSPC


def test_a_circle_of_causes_ends() -> None:
    one, other = ValueError("1"), ValueError("2")
    one.__cause__, other.__cause__ = other, one
    assert describe(one, [], "extract")["inner"] == ["ValueError"]


def test_warnings_may_be_exceptions() -> None:
    warnings: Sequence[Any] = [ExtractorError("HTTP Error 429", expected=True)]
    assert describe(ValueError(), warnings, "extract")["warnings"] == ["HTTP Error 429"]
