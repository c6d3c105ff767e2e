"""The one way to make a FastAPI application here: problems, limits, ids, metrics, documents."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi_swagger import patch_fastapi
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Scope

from reglament.http import health
from reglament.http.edge import Edge
from reglament.http.faults import install_fault_handlers
from reglament.http.limits import Rate
from reglament.http.openapi import tidy_openapi
from reglament.http.shortcuts import Shortcuts
from reglament.http.texts import storable_body
from reglament.settings import ProcessSettings

READING = {"GET", "HEAD"}
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
    app = Api(
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
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings, app.state.draining = settings, False
    install_fault_handlers(app)
    # /docs with what it is made of: no other site hears who reads it, and no key stays behind.
    patch_fastapi(
        app, redirect_from_root_to_docs=False, swagger_ui_parameters={"persistAuthorization": False}
    )
    for router in (health.router, *routers):
        _register(app, router)
    per_second = settings.requests_per_second
    app.add_middleware(Shortcuts, routes=app.router.routes)
    app.add_middleware(Edge, rate=rate or Rate(per_second=per_second, burst=2 * per_second))
    tags = {**TAGS, **about.tags}

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = tidy_openapi(app, tags)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app


class Api(FastAPI):
    """FastAPI from its first layer that is ours. Those around it would only be passed through: the
    edge answers every fault, and nothing is to be traced or limited but by us.
    """

    def build_middleware_stack(self) -> ASGIApp:
        """As FastAPI has it, from there on."""
        stack: Any = super().build_middleware_stack()
        ours: Any = self.user_middleware[0].cls
        while not isinstance(stack, ours):
            stack = stack.app
        return cast(ASGIApp, stack)


class Quick(APIRoute):
    """A route that is asked only where the path ends as its own does; that it takes only text
    which can be stored is no dependency, each of which costs as much as a look-up.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **said: Any) -> None:
        super().__init__(path, endpoint, **said)
        self._end = path.rpartition("}")[2]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As Starlette has it."""
        if not scope["path"].endswith(self._end):
            return Match.NONE, {}
        return super().matches(scope)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As FastAPI has it, for a storable body."""
        handle = super().get_route_handler()
        if (self.methods or {"any"}) <= READING:
            return handle

        async def handle_storable(request: Request) -> Response:
            await storable_body(request)
            return await handle(request)

        return handle_storable


# All that a route says of itself, but its path and its function.
SAID = (
    "response_model",
    "status_code",
    "tags",
    "dependencies",
    "summary",
    "description",
    "response_description",
    "responses",
    "deprecated",
    "methods",
    "operation_id",
    "response_model_include",
    "response_model_exclude",
    "response_model_by_alias",
    "response_model_exclude_unset",
    "response_model_exclude_defaults",
    "response_model_exclude_none",
    "include_in_schema",
    "response_class",
    "name",
    "callbacks",
    "openapi_extra",
    "generate_unique_id_function",
)


def _register(app: FastAPI, router: APIRouter) -> None:
    """Each route as the application's own: an included router is asked twice, and to find a route
    took as long as the rest of a short request (docs/performance.md).
    """
    own = [route for route in router.routes if isinstance(route, APIRoute)]
    if len(own) < len(router.routes):  # a router of routers
        app.include_router(router, dependencies=[Depends(storable_body)])
        return
    for route in own:
        said = {name: getattr(route, name) for name in SAID}
        app.router.add_api_route(route.path, route.endpoint, route_class_override=Quick, **said)


def _operation_id(route: APIRoute) -> str:
    """The route's function name: what generated clients call it."""
    return route.name
