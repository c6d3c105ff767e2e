"""The engineer's board: by keyboard, live, and with what it does not show unasked."""

import pytest
from playwright.async_api import Browser, expect

from reglament_local.demo.system import System
from tests.acceptance.test_portal import did, opened, opens, signed_in
from tests.support.browser import reader_of
from tests.support.pages import asked, staffed

pytestmark = pytest.mark.acceptance


async def test_the_board_by_keyboard_alone_and_live(site: System, browser: Browser) -> None:
    desk, _, key = await staffed(site, "en")
    await asked(desk, "First in the queue", "en")
    ivan = await reader_of(browser, "board-keyboard-en", "en-GB")
    page = ivan.page
    await page.goto(f"{site.ready['front']}/board")
    await ivan.tab_to("#key")
    await page.keyboard.type(key)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#list a")

    later = await asked(desk, "Came while the board was open", "en")
    await expect(page.locator("#list")).to_contain_text("Came while the board was open")

    await ivan.tab_to("[data-key=tab-queue]")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-key=tab-queue]")).to_be_focused()
    await ivan.tab_to("[data-key=claim-L1]")
    await page.keyboard.press("Enter")
    await expect(page.locator("#subject")).to_have_text("First in the queue")
    await expect(page.locator("#subject")).to_be_focused()
    await expect(page.locator("#ticket .facts")).to_contain_text("Ivan")  # not his key's id

    await ivan.tab_to("#do-answer textarea")
    await page.keyboard.type("We are on it.")
    await desk.act(later.id, "messages", {"body": "Meanwhile elsewhere", "visibility": "internal"})
    await expect(page.locator("#do-answer textarea")).to_have_value("We are on it.")
    await ivan.tab_to("#do-answer button")
    await page.keyboard.press("Enter")
    await expect(page.locator("#ticket .message.own")).to_contain_text("We are on it.")


async def test_a_note_by_keyboard_is_the_desks_alone(site: System, browser: Browser) -> None:
    desk, _, key = await staffed(site, "en")
    request = await asked(desk, "Notes", "en")
    ivan = await reader_of(browser, "board-note-en", "en-GB")
    page = ivan.page
    await signed_in(ivan, site, key)
    await ivan.tab_to("#list a")
    await page.keyboard.press("Enter")
    await ivan.tab_to("#do-note > summary")
    await page.keyboard.press("Enter")
    await ivan.tab_to("#do-note textarea")
    await page.keyboard.type("Between us: check the toner.")
    await ivan.tab_to("#do-note button")
    await page.keyboard.press("Enter")
    await expect(page.locator("#ticket .message.note")).to_contain_text("check the toner")
    await ivan.looks("noted")
    anna = await reader_of(browser, "portal-note-en", "en-GB")
    await opened(anna, request)
    assert "toner" not in await anna.page.content()


async def test_a_ticket_and_its_history_lead_to_their_trace(site: System, browser: Browser) -> None:
    desk, _, key = await staffed(site, "en")
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    body = {
        "channel": "web",
        "subject": "Traced",
        "description": "It does not work.",
        "requester": {"name": "Anna", "email": site.address("traced")},
    }
    headers = {
        "Authorization": f"Bearer {site.key(desk.name, 'integrator')}",
        "traceparent": f"00-{trace}-00f067aa0ba902b7-01",
    }
    address = f"{site.ready['front']}/v1/desks/{desk.name}/tickets"
    (await site.http.post(address, json=body, headers=headers)).raise_for_status()
    ivan = await reader_of(browser, "board-traced-en", "en-GB")
    await signed_in(ivan, site, key)
    await ivan.page.click("#list a")
    shown = f"https://traces.example/trace/{trace}"
    await expect(ivan.page.locator("#ticket a.trace").first).to_have_attribute("href", shown)
    await expect(ivan.page.locator("ol.history a.trace").last).to_have_attribute("href", shown)


async def test_what_was_lent_is_shown_only_when_asked_for(site: System, browser: Browser) -> None:
    desk, _, key = await staffed(site, "en")
    request = await asked(desk, "The server needs a look inside", "en")
    path = f"/tickets/{request.id}/credentials"
    lent = {"access": {"host": "srv.example", "password": "s3same"}}
    agent = site.key(desk.name, "agent")
    await site.call("PUT", path, key=agent, body=lent, status=200)
    ivan = await reader_of(browser, "board-lent-en", "en-GB")
    page = ivan.page
    await signed_in(ivan, site, key)
    await page.click("#list a")
    await page.click("#access")
    await expect(page.locator("#notice.bad")).not_to_be_empty()
    await opens(page, "more")
    await page.click("[data-do=take]")
    await desk.status(request.id, "in_progress")
    assert "s3same" not in await page.content()
    await page.click("#access")
    await expect(page.locator("dl.secret")).to_contain_text("s3same")
    await ivan.looks("lent")
    await page.click("#access")
    await expect(page.locator("dl.secret")).to_be_hidden()
    assert "s3same" not in await page.content()
    await desk.happened(request.id, "CredentialsRead")


async def test_a_refusal_is_told_in_words_and_nothing_written_is_lost(
    site: System, browser: Browser
) -> None:
    desk, _, key = await staffed(site, "fr")
    request = await asked(desk, "Une question", "fr")
    ivan = await reader_of(browser, "board-refused-fr", "fr-FR")
    page = ivan.page
    await signed_in(ivan, site, key)
    await page.click("#list a")
    await opens(page, "defer")
    await page.fill("#do-defer input[name=until]", "2020-01-01T10:00")
    await page.fill("#do-defer textarea", "Une remarque")
    await did(page, "defer")
    await expect(page.locator("#notice.bad")).to_contain_text("Refusé")
    await expect(page.locator("#do-defer textarea")).to_have_value("Une remarque")
    assert (await desk.ticket(request.id))["status"] == "accepted"


async def test_only_an_engineers_key_opens_the_board(site: System, browser: Browser) -> None:
    desk, _, _ = await staffed(site, "en")
    reader = await reader_of(browser, "board-keys-en", "en-GB")
    await reader.page.goto(f"{site.ready['front']}/board")
    for key in ("rgl_wrong", site.key(desk.name, "integrator")):
        await reader.page.fill("#key", key)
        await reader.page.press("#key", "Enter")
        await expect(reader.page.locator("#notice.bad")).not_to_be_empty()
        await expect(reader.page.locator("#desk")).to_be_hidden()
    await reader.looks("refused")
