"""HTML as YouTube serves it: scripts that set a configuration and the page's data."""

from __future__ import annotations

from .wire import Answer, Json, dump, html_answer

VISITOR = "CgtMb29wYmFja1lUMSiA8vTFBjIKCgJERRIEEgAgDA=="

CONTEXT: Json = {
    "client": {
        "clientName": "WEB",
        "clientVersion": "2.20261001.00.00",
        "hl": "en",
        "gl": "US",
        "visitorData": VISITOR,
    }
}

# STS and PLAYER_JS_URL are given, so that no player script is ever fetched.
YTCFG: Json = {
    "INNERTUBE_CONTEXT": CONTEXT,
    "INNERTUBE_CONTEXT_CLIENT_NAME": 1,
    "INNERTUBE_CONTEXT_CLIENT_VERSION": "2.20261001.00.00",
    "VISITOR_DATA": VISITOR,
    "STS": 20700,
    "PLAYER_JS_URL": "/s/player/00c0ffee/player_ias.vflset/en_US/base.js",
}


def _script(value: Json) -> bytes:
    # A title may contain </script>.
    return dump(value).replace(b"<", b"\\u003c")


HEAD = b"<!DOCTYPE html><html><head><script>ytcfg.set(" + _script(YTCFG) + b");</script></head>"
EMPTY_PAGE = HEAD + b"<body></body></html>"


def data_page(data: Json) -> bytes:
    return (
        HEAD + b"<body><script>var ytInitialData = " + _script(data) + b";</script></body></html>"
    )


def watch_page(data: Json, player: Json) -> Answer:
    return html_answer(
        HEAD
        + b"<body><script>var ytInitialPlayerResponse = "
        + _script(player)
        + b";</script><script>var ytInitialData = "
        + _script(data)
        + b";</script></body></html>"
    )


def alert(words: str) -> Json:
    return {"alerts": [{"alertRenderer": {"type": "ERROR", "text": {"simpleText": words}}}]}
