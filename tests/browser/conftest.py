"""Debian's Chromium, one product for all browser tests of a process, and a strict listener."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Cookie, Page

from tests.browser.product import USER, Product, running_product
from tests.youtube import Fault, LoopbackYouTube

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium these are skipped in one line each, and fail where CI says that it is CI."""
    if CHROMIUM:
        return
    reason = "no Chromium: install Debian's package `chromium`"
    for item in items:
        if "tests/browser/" in item.nodeid:
            fails = os.environ.get("CI") == "true"
            item.add_marker(pytest.mark.usefixtures("no_chromium") if fails else _skip(reason))


def _skip(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.skip(reason=reason)


@pytest.fixture
def no_chromium() -> None:
    pytest.fail("no Chromium, and CI may skip nothing")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": CHROMIUM, "args": FLAGS, "headless": True}


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    with LoopbackYouTube() as youtube:
        garden = youtube.catalogue.add_channel("Garden", 5, 2, duration=12.0)
        youtube.catalogue.add_video(
            garden, title="A talk with subtitles", duration=20.0, captions={"en": "manual"}
        )
        youtube.catalogue.add_video(garden, title="Behind the scenes", video_id="private0001")
        youtube.fault("private0001", Fault.PRIVATE)
        with running_product(youtube, BACKOFF_BASE_S="1") as product:
            yield product


@contextmanager
def no_complaints(context: BrowserContext) -> Iterator[None]:
    """Whatever the browser complains about on any page: none is accepted at the end."""
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            heard.append(f"{message.location.get('url')}: {message.text}")

    context.on("console", listen)
    context.on("weberror", lambda error: heard.append(str(error.error)))
    yield
    assert heard == []


@pytest.fixture
def visitor(page: Page) -> Iterator[Page]:
    with no_complaints(page.context):
        yield page


@pytest.fixture(scope="session")
def cookies(browser: Browser, product: Product) -> list[Cookie]:
    """What Ada, the administrator, has after her login, once for all tests of a process."""
    with browser.new_context() as context, no_complaints(context):
        page = context.new_page()
        page.goto(f"{product.url}/admin/login/?next=/admin/")
        page.get_by_label("Username").fill(USER)
        page.get_by_label("Password").fill(product.password)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/admin/")
        return context.cookies()


@pytest.fixture
def ada(visitor: Page, cookies: list[Cookie]) -> Page:
    """Ada, logged in."""
    visitor.context.add_cookies(cookies)  # type: ignore[arg-type]
    return visitor
