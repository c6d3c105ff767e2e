"""The one way to make a FastAPI application here: problems, limits, ids, metrics, documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi_swagger import patch_fastapi

from reglament.http import health
from reglament.http.edge import Edge
from reglament.http.faults import install_fault_handlers
from reglament.http.limits import Rate
from reglament.http.openapi import tidy_openapi
from reglament.http.texts import storable_body
from reglament.settings import ProcessSettings

TAGS: Mapping[str, str] = {
    "operation": "For those who run it: health, readiness, metrics.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDescription:
    """What the OpenAPI document says of the service. tags: name -> what stands under it."""

    title: str
    description: str = ""
    version: str = "1"
    tags: Mapping[str, str] = field(default_factory=dict)


def create_api(
    about: ApiDescription,
    routers: Sequence[APIRouter],
    *,
    settings: ProcessSettings,
    lifespan: Any = None,
    rate: Rate | None = None,
) -> FastAPI:
    """The application. Routes find `settings` as `request.app.state.settings`.

    The process sets `app.state.access` (AccessBook) and `app.state.runtime` before it serves.
    """
    app = FastAPI(
        title=about.title,
        description=about.description or about.title,
        version=about.version,
        lifespan=lifespan,
        separate_input_output_schemas=False,
        generate_unique_id_function=_operation_id,
        redirect_slashes=False,
        redoc_url=None,
        docs_url=None,
        swagger_ui_oauth2_redirect_url=None,
        dependencies=[Depends(storable_body)],
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings, app.state.draining = settings, False
    install_fault_handlers(app)
    # /docs with what it is made of: no other site hears who reads it, and no key stays behind.
    patch_fastapi(
        app, redirect_from_root_to_docs=False, swagger_ui_parameters={"persistAuthorization": False}
    )
    app.include_router(health.router)
    for router in routers:
        app.include_router(router)
    per_second = settings.requests_per_second
    app.add_middleware(Edge, rate=rate or Rate(per_second=per_second, burst=2 * per_second))
    tags = {**TAGS, **about.tags}

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = tidy_openapi(app, tags)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _operation_id(route: APIRoute) -> str:
    """The route's function name: what generated clients call it."""
    return route.name
