"""The API's page for people is made of what the service has itself."""

import re

import pytest
from fastapi import FastAPI

from tests.unit.reglament.http.conftest import talking_to


# The package reads its files by a function that Python 3.11 alone calls deprecated.
@pytest.mark.filterwarnings("ignore:open_binary:DeprecationWarning")
async def test_the_page_of_the_api_asks_no_other_site_for_anything(app: FastAPI) -> None:
    async with talking_to(app) as client:
        page = await client.get("/docs")
        named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(named) == 3
        for address in named:
            assert address.startswith(str(client.base_url))
            assert (await client.get(address)).status_code == 200
    assert 'persistAuthorization": false' in page.text
