"""`make shots`: the pictures of the main pages that README shows, into docs/pictures/."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.product import ROOT, USER, Product, running_product
from tests.demo.stage import open_stage

FOLDER = ROOT / "docs" / "pictures"
WIDE, PHONE = (1280, 800), (390, 800)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open_stage() as stage, sync_playwright() as playwright:
        stage.youtube.latency, stage.youtube.bytes_per_second = 0.0, None
        with running_product(stage.youtube, BACKOFF_BASE_S="5") as product:
            library = _fill(product, stage.channels)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            _public_pages(browser, product)
            _staff_pages(browser, product, library)
            browser.close()


def _fill(product: Product, channels: list[str]) -> int:
    jobs = [
        product.post(
            "/api/jobs", {"job_type": "channel_download", "parameters": {"channel_url": url}}
        )
        for url in channels
    ]
    for job in jobs:
        product.until_ended(job["id"], within_s=240)
    return int(jobs[0]["id"])


@contextmanager
def _page(browser: Browser, size: tuple[int, int], scheme: str = "light") -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    yield page
    context.close()


def _shoot(page: Page, url: str, name: str) -> None:
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(Path(FOLDER) / f"{name}.png"))


def _public_pages(browser: Browser, product: Product) -> None:
    track = product.get("/api/tracks?state=available&limit=1")["items"][0]
    watch = f"{product.url}/watch/{track['youtube_id']}/"
    with _page(browser, WIDE) as page:
        _shoot(page, f"{product.url}/", "home")
        _shoot(page, f"{product.url}/channel/{track['channel']['channel_id']}/", "channel")
    with _page(browser, WIDE, "dark") as page:
        _shoot(page, watch, "watch-dark")
    with _page(browser, PHONE) as page:
        _shoot(page, watch, "watch-phone")


def _staff_pages(browser: Browser, product: Product, library: int) -> None:
    failed = product.get("/api/jobs?status=dead_letter&limit=1")["items"][0]["id"]
    with _page(browser, WIDE) as page:
        _log_in(page, product)
        _shoot(page, f"{product.url}/jobs/", "jobs")
        _shoot(page, f"{product.url}/jobs/{failed}/", "job")
        _shoot(page, f"{product.url}/admin/jobs/job/", "admin-jobs")
    with _page(browser, PHONE, "dark") as page:
        _log_in(page, product)
        _shoot(page, f"{product.url}/jobs/", "jobs-phone-dark")


def _log_in(page: Page, product: Product) -> None:
    page.goto(f"{product.url}/admin/login/?next=/admin/")
    page.get_by_label("Username").fill(USER)
    page.get_by_label("Password").fill(product.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


if __name__ == "__main__":
    main()
