"""The strict parser of JSON bodies."""

from __future__ import annotations

import pytest

from videomind.http.json_body import DEEPEST, parse
from videomind.http.problems import Problem

MALFORMED = {
    "empty": b"",
    "not JSON": b"{",
    "two documents": b"{} {}",
    "a trailing comma": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "a list": b"[]",
    "a string": b'"text"',
    "null": b"null",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "latin-1": '{"a": "é"}'.encode("latin-1"),
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "an overlong sequence": b'{"a": "\xc0\xaf"}',
    "a duplicate name": b'{"a": 1, "a": 1}',
    "a duplicate name below": b'{"a": {"b": 1, "b": 2}}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "an infinite number": b'{"a": 1e999}',
    "a huge integer": b'{"a": 9007199254740992}',
    "a giant integer": b'{"a": ' + b"9" * 5000 + b"}",
    "too deep": b'{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}",
    "far too deep": b"[" * 60_000,
    "half a surrogate pair": rb'{"a": "\ud800"}',
    "half a surrogate pair as a name": rb'{"\udfff": 1}',
    "U+0000": rb'{"a": ["\u0000"]}',
    "a raw control character": b'{"a": "\n"}',
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_json_is_refused(data: bytes) -> None:
    with pytest.raises(Problem) as refused:
        parse(data)
    assert refused.value.status == 400
    assert refused.value.code == "malformed_json"


WELL_FORMED = {
    b"{}": {},
    b' {"a": 9007199254740991} ': {"a": 9007199254740991},
    rb'{"a": "\ud83d\ude00"}': {"a": "😀"},
    b'{"a": [true, false, null, 1.5, -3]}': {"a": [True, False, None, 1.5, -3]},
    b'{"a": "' + b"[" * 100 + b'\\""}': {"a": "[" * 100 + '"'},
    b'{"a":' + b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1) + b"}": None,
}


@pytest.mark.parametrize("data", WELL_FORMED)
def test_well_formed_json_is_read(data: bytes) -> None:
    wanted = WELL_FORMED[data]
    assert wanted is None or parse(data) == wanted
    parse(data)
