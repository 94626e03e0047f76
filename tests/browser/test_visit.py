"""A visit in Chromium: a channel is added, arrives, is watched and sought in; nothing complains."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.product import Product
from tests.processes import until

pytestmark = pytest.mark.end_to_end
ADDRESS = "https://www.youtube.com/@Garden"


@pytest.fixture(scope="session")
def library(product: Product) -> int:
    """The channel has arrived; the id of the job that brought it."""
    body = {"job_type": "channel_download", "parameters": {"channel_url": ADDRESS}}
    job = product.post("/api/jobs", body)
    ended = product.until_ended(job["id"], within_s=120)
    assert ended["children"]["completed"] == 8
    return int(job["id"])


@pytest.mark.timeout(240)
def test_a_channel_is_added_in_the_admin_and_arrives(ada: Page, product: Product) -> None:
    product.youtube.catalogue.add_channel("Pond", 2, 0)
    ada.goto(f"{product.url}/admin/channels_app/channel/")
    ada.get_by_role("link", name=re.compile("by URL", re.I)).first.click()
    ada.locator("input[type=url]").first.fill("https://www.youtube.com/@Pond")
    ada.locator(".submit-row input[type=submit]").click()
    ada.goto(f"{product.url}/jobs/")
    jobs = product.get("/api/jobs?job_type=channel_download&q=pond")["items"]
    assert product.until_ended(jobs[0]["id"])["status"] == "completed"
    ada.goto(f"{product.url}/")
    expect(ada.get_by_text("Pond").first).to_be_visible()


def test_a_wrong_address_is_explained_at_its_field(ada: Page, product: Product) -> None:
    ada.goto(f"{product.url}/admin/channels_app/channel/")
    ada.get_by_role("link", name=re.compile("by URL", re.I)).first.click()
    ada.locator("input[type=url]").first.fill("https://vimeo.com/1")
    ada.locator(".submit-row input[type=submit]").click()
    expect(ada.locator(".errorlist").first).to_contain_text("YouTube")


@pytest.mark.timeout(240)
def test_a_video_is_watched_and_sought_in(visitor: Page, product: Product, library: int) -> None:
    track = product.get("/api/tracks?state=available&limit=50")["items"]
    video = next(each for each in track if each["title"] == "A talk with subtitles")
    visitor.goto(f"{product.url}/watch/{video['youtube_id']}/")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("A talk with subtitles")
    player = visitor.locator("video")
    player.evaluate("video => { video.muted = true; return video.play() }")
    # Asked from here: a function that the page itself evaluates would be against its CSP.
    until(lambda: player.evaluate("video => video.currentTime") > 0.5, what="the first second")
    player.evaluate("video => { video.currentTime = 15 }")
    sought = "video => !video.seeking && video.currentTime > 15.2 && !video.error"
    until(lambda: player.evaluate(sought), what="playing on at the place that was sought")
    assert player.evaluate("video => video.textTracks.length") == 1


def test_a_failure_is_explained_and_can_be_retried(
    ada: Page, product: Product, library: int
) -> None:
    ada.goto(f"{product.url}/jobs/")
    expect(ada.get_by_text("private", exact=False).first).to_be_visible()
    failed = product.get("/api/jobs?status=dead_letter&failure_code=video_private")["items"][0]
    ada.goto(f"{product.url}/jobs/{failed['id']}/")
    expect(ada.get_by_text(re.compile("private", re.I)).first).to_be_visible()
    product.youtube.heal("private0001")
    ada.get_by_role("link", name="Retry").or_(ada.get_by_role("button", name="Retry")).first.click()
    confirm = ada.get_by_role("button", name=re.compile("retry", re.I))
    if ada.url.rstrip("/").endswith("retry") and confirm.count():
        confirm.first.click()
    assert product.until_ended(failed["id"])["status"] == "completed"
    assert product.until_ended(library)["status"] == "completed"


PAGES = (
    "/",
    "/jobs/",
    "/jobs/list",
    "/jobs/new",
    "/admin/",
    "/admin/jobs/job/",
    "/admin/jobs/lane/",
    "/admin/channels_app/channel/",
    "/admin/channels_app/track/",
    "/admin/channels_app/downloadprofile/",
    "/admin/metadata/youtubevideometadata/",
    "/admin/videomind/apitoken/",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_complains_or_is_wider_than_its_screen(
    ada: Page, product: Product, library: int, width: int, scheme: str
) -> None:
    """The listener fails the test for any console error; CSP violations are among them."""
    ada.set_viewport_size({"width": width, "height": 900})
    ada.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    channel = product.get("/api/tracks?limit=1")["items"][0]["channel"]["channel_id"]
    for path in (*PAGES, f"/channel/{channel}/", f"/jobs/{library}/"):
        ada.goto(product.url + path)
        ada.wait_for_load_state("load")
        if not path.startswith("/admin/"):
            wider = ada.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wider <= 1, f"{path} scrolls sideways by {wider} px"
