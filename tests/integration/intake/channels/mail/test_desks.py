"""Letters to the desks under their own policies: what their rules make of them."""

import json
import struct
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from intake.channels.mail.classify import Ourselves
from intake.letters import register as letters
from reglament.ids import new_id
from reglament.policy.loader import parse
from tests.integration.intake.channels.mail.postoffice import KEY, PostOffice, post_office
from tests.support.stack import Databases

pytestmark = pytest.mark.integration
POLICIES = Path(__file__).resolve().parents[5] / "policies"
INN = "7707083893"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 60
BMP = b"BM" + struct.pack("<IHHI", 70, 0, 0, 54) + struct.pack("<I", 40) + b"\x00" * 52
ASKED = f"Не открывается список.\n\nИНН: {INN}\nВерсия: 3.1\nРедакция: КОРП\n"


def policy(desk: str) -> dict[str, Any]:
    """The desk's own rules, under the name of the tests' mailbox."""
    return {**parse((POLICIES / f"{desk}.yaml").read_bytes()), "desk": "any"}


def us() -> Ourselves:
    return Ourselves(addresses=frozenset(), servers=frozenset({"mx.desk.example"}), secret=KEY)


def written(subject: str, body: str, *files: bytes, **headers: str) -> bytes:
    letter = EmailMessage()
    letter["From"], letter["To"] = "olga@client.example", "support@desk.example"
    letter["Subject"], letter["Message-ID"] = subject, f"<{new_id()}@client.example>"
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(body, cte="8bit")
    for file in files:
        letter.add_attachment(file, maintype="image", subtype="x", filename="screen.jpg")
    return letter.as_bytes()


async def customer(office: PostOffice, *emails: str) -> None:
    contract = {
        "number": "C-1",
        "from_day": "2020-01-01",
        "until_day": "2099-12-31",
        "level": None,
    }
    await office.pool.execute(
        "INSERT INTO customers_v1 (key, desk, customer, name, inn, emails, contracts, sequence)"
        " VALUES ('any/c', 'any', 'c', 'C', $1, $2::text::jsonb, $3::text::jsonb, 1)",
        INN,
        json.dumps(emails),
        json.dumps([contract]),
    )


async def receive(office: PostOffice, raw: bytes) -> letters.LetterRow:
    await office.put(raw)
    await office.settle()
    return (await letters.find(office.pool, letters.Search()))[0]


@pytest.mark.rule("WIS-06")
@pytest.mark.rule("WIS-18")
async def test_a_bare_bitmap_is_returned_and_a_png_opens_the_same_number(
    postgres: Databases,
) -> None:
    async with post_office(await postgres(), policy("wiseadvice"), us()) as office:
        await customer(office, "olga@client.example")
        first = await receive(office, written("Пустая страница", ASKED, BMP))
        assert (first.outcome, first.rule) == ("returned", "attachment-format")
        number = await office.number(first.ticket)
        passed = {"Authentication_Results": "mx.desk.example; dmarc=pass"}
        answer = written(f"Re: [{number}] Пустая страница", "Прикладываю.", PNG, **passed)
        reply = await receive(office, answer)
        assert (reply.outcome, reply.rule, reply.ticket) == ("ticket", "number", first.ticket)
        opened = await office.data(first.ticket, 3)
        assert (opened["number"], opened["open_at_arrival"]) == (number, False)


@pytest.mark.rule("WIS-12")
@pytest.mark.parametrize(("verdict", "level"), [("pass", "commercial"), ("none", "base")])
async def test_the_commercial_level_is_for_the_customers_own_authenticated_address(
    postgres: Databases, verdict: str, level: str
) -> None:
    async with post_office(await postgres(), policy("wiseadvice"), us()) as office:
        await customer(office, "olga@client.example")
        headers = {"Authentication_Results": f"mx.desk.example; dmarc={verdict}"}
        letter = await receive(office, written("Пустая страница", ASKED, PNG, **headers))
        assert letter.outcome == "ticket"
        assert (await office.data(letter.ticket))["service_level"] == level


@pytest.mark.rule("WIS-08")
async def test_the_inn_is_found_in_the_text_without_a_label(postgres: Databases) -> None:
    async with post_office(await postgres(), policy("wiseadvice"), us()) as office:
        await customer(office)
        body = ASKED.replace(f"ИНН: {INN}", f"Мы, ООО Ромашка ({INN}), ждём.")
        letter = await receive(office, written("Пустая страница", body, PNG))
        assert letter.outcome == "ticket"


@pytest.mark.rule("MIC-02")
@pytest.mark.rule("MIC-07")
async def test_no_contract_no_ticket_and_a_general_subject_is_returned(
    postgres: Databases,
) -> None:
    async with post_office(await postgres(), policy("microimpuls"), us()) as office:
        body = "Пустой список.\n\nКлиент: Кабельное ТВ\n"
        refused = await receive(office, written("Нет каналов", body))
        assert (refused.outcome, refused.rule) == ("refused", "customer-unknown")
        await customer(office, "olga@client.example")
        general = await receive(office, written("Re: Помогите", "Пустой список каналов."))
        assert (general.outcome, general.rule) == ("returned", "subject-general")
        letter = await receive(office, written("Нет каналов", "Список каналов пуст."))
        assert letter.outcome == "ticket"


@pytest.mark.rule("RUS-03")
async def test_the_manual_must_be_said_to_be_read(postgres: Databases) -> None:
    async with post_office(await postgres(), policy("rusbitech"), us()) as office:
        await customer(office, "olga@client.example")
        body = "Не открывается каталог.\n\nКатегория: Ошибки\nРуководство изучено: {}\n"
        letter = await receive(office, written("Каталог", body.format("да")))
        assert letter.outcome == "ticket"
        unread = await receive(office, written("Каталог 2", body.format("нет")))
        assert unread.outcome == "returned"
