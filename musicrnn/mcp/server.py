"""The server: the rows of `tools` offered by the official SDK over standard input and output."""

from __future__ import annotations

import base64
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import (
    AudioContent,
    CallToolRequestParams,
    CallToolResult,
    ImageContent,
    ListToolsResult,
    TextContent,
    ToolAnnotations,
)
from mcp.types import Tool as OfferedTool
from pydantic import BaseModel, ConfigDict, create_model

from musicrnn.errors import MusicRNNError, one_line
from musicrnn.mcp import tools
from musicrnn.version import __version__
from musicrnn.web.pool import WorkerPool
from musicrnn.web.settings import Settings
from musicrnn.web.wording import validated

__all__ = ["create_server", "serve"]

_INSTRUCTIONS = """\
Music as ABC notation 2.1 (X: T: M: L: K: lines, then bars). Pass whatever ABC you write through
fix before you show it: bars that do not add up are repaired, or named so that you can mend them.
generate writes a new tune that is always valid; show gives its score and sound."""

#: seconds that running calls may take to finish when the client leaves
_GRACE = 2.0
#: there is one caller, whose calls share the workers' time
_CALLER = "client"


def create_server(settings: Settings | None = None, folder: str = "") -> Server[WorkerPool]:
    """A server whose tools may use the files of `folder` alone ("": no files at all)."""
    settings = settings or Settings(workers=1)
    rows = {tool.name: tool for tool in tools.offered(files=bool(folder))}
    models = {name: _arguments_of(tool) for name, tool in rows.items()}
    offered = ListToolsResult(tools=[_offered(rows[name], models[name]) for name in rows])

    @asynccontextmanager
    async def lifespan(_: Server[WorkerPool]) -> AsyncIterator[WorkerPool]:
        # Here and not before: the SDK has set standard output aside by now, so that nothing a
        # worker or a library prints can come between its messages.
        pool = WorkerPool(settings, tools.warm, folder)
        try:
            yield pool
        finally:
            pool.close(wait=_GRACE)

    async def list_tools(context: Any, params: Any) -> ListToolsResult:
        return offered

    async def call_tool(context: Any, params: CallToolRequestParams) -> CallToolResult:
        pool: WorkerPool = context.lifespan_context
        name = params.name
        try:
            if name not in rows:
                return _refusal(f"there is no tool {name!r}; there are {', '.join(rows)}")
            arguments = validated(models[name], params.arguments or {})
            answer = await pool.run(_CALLER, tools.call, name, arguments.model_dump())
        except MusicRNNError as error:
            return _refusal(str(error))
        return _result(answer)

    return Server(
        "musicrnn",
        title="musicrnn",
        version=__version__,
        instructions=_INSTRUCTIONS,
        lifespan=lifespan,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def serve(server: Server[WorkerPool]) -> None:
    """Answer one client over standard input and output, until it closes them."""

    async def run() -> None:
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())

    anyio.run(run)


def _arguments_of(tool: tools.Tool) -> type[BaseModel]:
    """The parameters of a tool's function as a model; others are refused, not passed over."""
    signature = inspect.signature(tool.run, eval_str=True)
    fields: dict[str, Any] = {
        name: (
            parameter.annotation,
            ... if parameter.default is parameter.empty else parameter.default,
        )
        for name, parameter in signature.parameters.items()
    }
    config = ConfigDict(extra="forbid", str_strip_whitespace=False)
    return create_model(tool.name, __config__=config, **fields)


def _offered(tool: tools.Tool, arguments: type[BaseModel]) -> OfferedTool:
    return OfferedTool(
        name=tool.name,
        description=inspect.getdoc(tool.run),
        input_schema=arguments.model_json_schema(),
        annotations=ToolAnnotations(
            read_only_hint=tool.reads, destructive_hint=not tool.reads, open_world_hint=False
        ),
    )


def _refusal(why: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=one_line(why))], is_error=True)


def _result(answer: tools.Answer) -> CallToolResult:
    content: list[Any] = [TextContent(type="text", text=text) for text in answer.texts]
    for media_type, data in answer.media:
        encoded = base64.b64encode(data).decode()
        if media_type.startswith("image/"):
            content.append(ImageContent(type="image", data=encoded, mime_type=media_type))
        else:
            content.append(AudioContent(type="audio", data=encoded, mime_type=media_type))
    return CallToolResult(content=content, structured_content=answer.data)
