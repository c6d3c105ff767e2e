"""`/asyncapi.yaml`: the topics and their events (contract, Events)."""

from functools import lru_cache

from fastapi import APIRouter
from starlette.responses import Response

from reglament.contract.asyncapi import asyncapi_document

router = APIRouter(tags=["operation"])


@router.get("/asyncapi.yaml", summary="The events (AsyncAPI 3)", response_class=Response)
async def asyncapi() -> Response:
    """Every topic, its owner and its events with their schemas."""
    return Response(_text(), 200, media_type="application/yaml")


@lru_cache(maxsize=1)
def _text() -> str:
    return asyncapi_document()
