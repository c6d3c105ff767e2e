"""What a story looked like: its history and its clocks, as a person reads them."""

from datetime import datetime

from rich.console import Console
from rich.table import Table

from reglament_local.demo.system import Desk, Json


def _time(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%d.%m. %H:%M:%S.%f")[:-3]


def _actor(row: Json) -> str:
    actor = row["actor"]
    return f"{actor['kind']} {actor.get('rule') or ''}".strip()


async def show(console: Console, desk: Desk, ticket: str) -> None:
    """Print one ticket: header, history, clocks."""
    view = await desk.ticket(ticket)
    table = Table(title=f"{view['number']}  {view['status']}  ({desk.name})", title_justify="left")
    for column in ("at (UTC)", "source", "type", "who"):
        table.add_column(column, no_wrap=True)
    for row in await desk.history(ticket):
        detail = row["data"]
        more = ":".join(
            str(detail[key])
            for key in ("metric", "step", "template", "to_level", "reason")
            if detail.get(key)
        )
        source = row["source"].rsplit("/", 1)[-1]
        table.add_row(_time(row["at"]), source, f"{row['type']} {more}".strip(), _actor(row))
    console.print(table)
    sla = await desk.get(f"/tickets/{ticket}/sla")
    for target in sla["targets"]:
        due = _time(target["due_at"]) if target["due_at"] else "-"
        console.print(
            f"  {target['metric']}: {target['state']}, within {target['within']}"
            f" of {target['calendar']}, due {due}, counted {target['elapsed_seconds']:.0f} s"
        )
