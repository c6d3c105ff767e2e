"""A real browser before the pages, and what is held against each of their states."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from reglament_local.browser import found

SCREENS = Path(__file__).parents[2] / ".run" / "screens"
HEIGHTS = {1280: 900, 390: 844}
# Nothing is looked up outside; a container's small /dev/shm and root are no obstacle.
FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
# axe-core, as the package ships it; evaluated by the browser's driver, so a strict CSP stands.
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
JUDGED = "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# As long as `eventually` waits: a page shows what came through the whole system.
expect.set_options(timeout=30_000)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a screen; a test without one is skipped, and says why."""
    path = found()
    if path is None or shutil.which(path) is None:
        pytest.skip("no browser here: `make browser` installs Debian's Chromium (root, apt)")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path, args=[*FLAGS])
        yield running
        await running.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A person before a page, in a language.

    name: of their pictures; faults: of the page's own script; widths: of their screens.
    """

    page: Page
    name: str
    faults: list[str]
    widths: tuple[int, ...] = (390, 1280)

    async def looks(self, state: str) -> None:
        """At each width: no fault of accessibility, nothing wider than the screen, a picture in
        `.run/screens`.
        """
        SCREENS.mkdir(parents=True, exist_ok=True)
        for width in self.widths:
            await self.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            violations = await self._judged()
            assert violations == [], _told(state, violations)
            assert await self.page.evaluate(OVERFLOW) <= 0, f"{state} is wider than {width}"
            picture = SCREENS / f"{self.name}-{state}-{width}.png"
            await self.page.screenshot(path=picture, full_page=True)
        await self.page.set_viewport_size({"width": 1280, "height": HEIGHTS[1280]})
        assert self.faults == []

    async def _judged(self) -> list[dict[str, Any]]:
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE)
        found_faults: list[dict[str, Any]] = await self.page.evaluate(JUDGED)
        return found_faults

    async def tab_to(self, selector: str, most: int = 80) -> None:
        """By the Tab key alone."""
        for _ in range(most):
            if await self.page.evaluate("s => document.activeElement?.matches(s)", selector):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"{selector} is not reached by Tab")


def _told(state: str, violations: list[dict[str, Any]]) -> str:
    faults = [f"{each['id']}: {node['html']}" for each in violations for node in each["nodes"]]
    return "\n".join([state, *faults])


async def reader_of(
    browser: Browser, name: str, locale: str, widths: tuple[int, ...] = (390, 1280)
) -> Reader:
    """Somebody with a browser of their own."""
    context = await browser.new_context(locale=locale, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    page, faults = await context.new_page(), []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    return Reader(page=page, name=name, faults=faults, widths=widths)
