"""Debian's Chromium, one product for all browser tests of a process, and a strict listener."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

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


@pytest.fixture
def complaints(context: BrowserContext) -> Iterator[list[str]]:
    """What the browser complained about on any page: none is accepted at the end of a test."""
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            heard.append(f"{message.location.get('url')}: {message.text}")

    context.on("console", listen)
    context.on("weberror", lambda error: heard.append(str(error.error)))
    yield heard
    assert heard == []


@pytest.fixture
def visitor(page: Page, complaints: list[str]) -> Page:
    return page


@pytest.fixture
def ada(page: Page, product: Product, complaints: list[str]) -> Page:
    """Ada, the administrator, logged in."""
    page.goto(f"{product.url}/admin/login/?next=/admin/")
    page.get_by_label("Username").fill(USER)
    page.get_by_label("Password").fill(product.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")
    return page
