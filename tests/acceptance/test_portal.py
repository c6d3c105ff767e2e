"""The requester's portal and the engineer's board in a real browser, through whole lives."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from reglament_local.demo.system import Desk, System
from tests.support.browser import Reader, reader_of
from tests.support.pages import PNG, Asked, asked, staffed

pytestmark = pytest.mark.acceptance
# What an element is does not depend on the language: in the second one only the phone is looked at.
WIDTHS = {"ru": (390, 1280), "fr": (390,)}
SUBJECTS = {"ru": "База данных не отвечает с утра", "fr": "La base ne répond plus depuis ce matin"}


async def opened(reader: Reader, request: Asked) -> None:
    """From the letter's link to the ticket."""
    await reader.page.goto(request.link)
    await reader.page.wait_for_selector("#conversation")
    await reader.page.wait_for_selector("img.timeline")


async def signed_in(reader: Reader, site: System, key: str) -> None:
    """Before the lists."""
    await reader.page.goto(f"{site.ready['front']}/board?lang={reader.name[-2:]}")
    await reader.page.fill("#key", key)
    await reader.page.press("#key", "Enter")
    await reader.page.wait_for_selector("#list a")


async def did(page: Page, form: str) -> None:
    """Send an open form of the board."""
    await page.click(f"#do-{form} button:not([type=button])")


async def opens(page: Page, form: str) -> None:
    """Unfold a form of the board."""
    await page.click(f"#do-{form} > summary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One ticket, its requester Anna before the portal, and the engineer Ivan before the board."""

    desk: Desk
    request: Asked
    anna: Reader
    ivan: Reader

    async def is_opened_and_claimed(self, site: System, key: str) -> None:
        """Anna opens the letter's link; Ivan signs in and takes the ticket."""
        anna, ivan = self.anna, self.ivan
        await opened(anna, self.request)
        assert await anna.page.get_attribute("html", "lang") == anna.name[-2:]
        assert "token" not in anna.page.url
        await anna.looks("1-opened")
        await ivan.page.goto(f"{site.ready['front']}/board?lang={ivan.name[-2:]}")
        await ivan.looks("0-sign-in")
        await signed_in(ivan, site, key)
        await ivan.page.click("[data-key=tab-queue]")
        await ivan.looks("1-queue")
        await ivan.page.click("[data-key=claim-L1]")
        await expect(ivan.page.locator("#subject")).to_have_text(self.request.ticket["subject"])
        await expect(ivan.page.locator("dl.facts")).to_contain_text("Ivan")
        await ivan.page.wait_for_selector("#ticket img.timeline")
        await ivan.looks("2-claimed")

    async def asks_and_is_answered(self) -> None:
        """The question comes to the open portal by itself, the answer to the open board."""
        anna, ivan = self.anna.page, self.ivan.page
        await opens(ivan, "ask")
        await ivan.check("input[name=items][value=version]")
        await ivan.fill("#do-ask textarea[name=note]", "Quelle version ? Какая версия?")
        await did(ivan, "ask")
        await expect(anna.locator("#wanted")).to_contain_text("Какая версия?")
        await self.anna.looks("2-asked")
        await anna.fill("#text", "14.2")
        picture: FilePayload = {"name": "écran снимок.png", "mimeType": "image/png", "buffer": PNG}
        await anna.set_input_files("#files", [picture])
        await anna.click("#write button")
        await expect(anna.locator("#notice.good")).not_to_be_empty()
        await expect(anna.locator("#conversation")).to_contain_text("écran снимок.png")
        await self.anna.looks("3-answered")
        await expect(ivan.locator("#ticket .messages")).to_contain_text("14.2")

    async def is_escalated_and_deferred(self) -> None:
        """To the second level, taken there, put off with one of the desk's reasons."""
        ivan = self.ivan.page
        await opens(ivan, "escalate")
        await ivan.fill("#do-escalate textarea", "Needs the second level")
        await did(ivan, "escalate")
        await self.desk.happened(self.request.id, "Escalated", "Unassigned")
        await ivan.click("[data-key=claim-L2]")
        await self.desk.status(self.request.id, "in_progress")
        await opens(ivan, "defer")
        await ivan.select_option("#do-defer select", "vendor_release")
        await self.ivan.looks("3-deferring")
        await did(ivan, "defer")
        await expect(self.anna.page.locator("#head .chip.warn")).to_be_visible()
        await self.anna.looks("4-deferred")

    async def is_resolved(self) -> None:
        """With a standard answer of the desk's."""
        ivan = self.ivan.page
        await ivan.click("[data-do=resume]")
        await opens(ivan, "resolve")
        await ivan.select_option("#do-resolve select.standard", "0")
        text = ivan.locator("#do-resolve textarea[name=text]")
        await expect(text).to_have_value("Please restart it.")
        await did(ivan, "resolve")
        await ivan.wait_for_selector("#ticket .message.answer")
        await self.ivan.looks("4-resolved")

    async def is_rated_and_looked_back_at(self) -> None:
        """Anna rates the answer, and looks at the ticket as it was in the beginning."""
        anna = self.anna.page
        await expect(anna.locator("#conversation .answer")).to_contain_text("docs.example/faq")
        await anna.check("input[name=score][value='5']")
        await self.anna.looks("5-resolved")
        await anna.click("form[action$=rating] button")
        await expect(anna.locator("#notice.good")).not_to_be_empty()
        assert (await self.desk.ticket(self.request.id))["rating"] == 5
        await expect(self.ivan.page.locator("dl.facts")).to_contain_text("5 / 5")
        await anna.click("#history li:last-child a.then")
        await expect(anna.locator(".past")).to_be_visible()
        await expect(anna.locator("#conversation .message")).to_have_count(1)
        await self.anna.looks("6-as-it-was")


@pytest.mark.parametrize("locale", ["ru", "fr"])
async def test_a_whole_life_of_a_ticket_on_both_pages(
    site: System, browser: Browser, locale: str
) -> None:
    desk, _, key = await staffed(site, locale)
    request = await asked(desk, SUBJECTS[locale], locale)
    await desk.happened(request.id, "ClockStarted")
    life = Life(
        desk=desk,
        request=request,
        anna=await reader_of(browser, f"portal-{locale}", locale, WIDTHS[locale]),
        ivan=await reader_of(browser, f"board-{locale}", locale, WIDTHS[locale]),
    )
    await life.is_opened_and_claimed(site, key)
    await life.asks_and_is_answered()
    await life.is_escalated_and_deferred()
    await life.is_resolved()
    await life.is_rated_and_looked_back_at()


async def test_the_portal_by_keyboard_alone(site: System, browser: Browser) -> None:
    desk, _, _ = await staffed(site, "en")
    request = await asked(desk, "The printer prints empty pages", "en")
    await desk.happened(request.id, "ClockStarted")
    anna = await reader_of(browser, "keyboard-en", "en-GB")
    await opened(anna, request)
    page = anna.page
    await anna.tab_to("#text")
    await page.keyboard.type("Since ten this morning.")
    await anna.tab_to("#write button")
    await page.keyboard.press("Enter")
    await expect(page.locator("#conversation")).to_contain_text("Since ten this morning.")
    await anna.tab_to("form[action$=callback] button")
    await page.keyboard.press("Space")
    await expect(page.locator("form[action$=callback]")).to_have_count(0)
    await desk.happened(request.id, "CallbackRequested", "CallbackDue")
    await desk.act(request.id, "resolution", {"text": "New toner."})
    await page.wait_for_selector("input[name=score]")
    await anna.tab_to("input[name=score]")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await anna.tab_to("form[action$=rating] button")
    await page.keyboard.press("Enter")
    await expect(page.locator("#notice.good")).not_to_be_empty()
    assert (await desk.ticket(request.id))["rating"] == 3
    await anna.tab_to("#stretches summary")
    await page.keyboard.press("Enter")
    await expect(page.locator("#stretches li").first).to_be_visible()
    await anna.looks("stretches")


async def test_without_script_the_portal_is_whole(site: System, browser: Browser) -> None:
    desk, _, _ = await staffed(site, "en")
    request = await asked(desk, "No script here", "en")
    await desk.happened(request.id, "ClockStarted")
    context = await browser.new_context(java_script_enabled=False, locale="en-GB")
    page = await context.new_page()
    await page.goto(request.link)
    await page.fill("#token", request.link)
    await page.click("form button")
    await expect(page.locator("h1")).to_have_text("No script here")
    await expect(page.locator(".clocks li")).to_have_count(2)
    await expect(page.locator("img.timeline")).to_have_js_property("complete", True)
    await page.fill("#text", "Written without script.")
    await page.click("#write button")
    await expect(page.locator("#conversation")).to_contain_text("Written without script.")
    await context.close()


async def test_a_link_that_is_wrong_opens_nothing_and_says_so(
    site: System, browser: Browser
) -> None:
    desk, _, _ = await staffed(site, "en")
    first = await asked(desk, "One", "en")
    second = await asked(desk, "Another one", "en")
    reader = await reader_of(browser, "closed-en", "en-GB")
    other = first.link.partition("#")[0] + "#" + second.link.partition("#")[2]
    for link in (first.link.partition("#")[0], first.link + "x", other):
        await reader.page.goto("about:blank")
        await reader.page.goto(link)
        await expect(reader.page.locator("#token")).to_be_visible()
        await expect(reader.page.locator("#notice")).to_contain_text(re.compile("link"))
        assert "One" not in await reader.page.content()
    await reader.looks("closed")


async def test_the_cookie_of_a_link_is_of_its_ticket_alone_and_writes_nothing(
    site: System,
) -> None:
    desk, _, _ = await staffed(site, "en")
    request = await asked(desk, "Cookies", "en")
    address, token = request.link.split("#token=")
    path = urlsplit(address).path
    async with httpx.AsyncClient(base_url=site.ready["front"], trust_env=False) as http:
        begun = await http.post(f"{path}/session", data={"token": token})
        cookies = begun.headers.get_list("set-cookie")
        assert begun.status_code == 303
        assert [re.search(r"Path=([^;]+)", each)[1] for each in cookies] == [  # type: ignore[index]
            path,
            f"/v1/tickets/{request.id}",
        ]
        assert all("HttpOnly" in each and "SameSite=strict" in each for each in cookies)
        page = await http.get(path)
        assert "Cookies" in page.text
        assert (await http.get(f"/v1/tickets/{request.id}/sla/picture")).status_code in (200, 404)
        api = await http.post(f"/v1/tickets/{request.id}/messages", json={"body": "x"})
        assert api.status_code == 401
        foreign = {"Sec-Fetch-Site": "cross-site"}
        form = await http.post(f"{path}/messages", data={"text": "x"}, headers=foreign)
        assert form.status_code == 403
        twice = [await http.post(f"{path}/messages", data={"text": "Once"}) for _ in range(2)]
        assert [each.status_code for each in twice] == [303, 303]
        said = (await http.get(f"/v1/tickets/{request.id}/messages")).json()["items"]
        assert [each["body"] for each in said] == ["Once"]
