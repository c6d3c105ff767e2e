"""What an operator does to a service, by the admin's key; the command `reglament` asks here."""

from fastapi import APIRouter

from reglament.operations.dead_letters import router as dead_letters
from reglament.operations.flow import router as flow
from reglament.operations.histories import router as histories
from reglament.operations.rebuilds import router as rebuilds

router = APIRouter(prefix="/v1/operations", tags=["operation"])
for part in (dead_letters, flow, rebuilds, histories):
    router.include_router(part)
