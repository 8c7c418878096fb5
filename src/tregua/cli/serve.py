"""`tregua serve`: the report made live, on this machine."""

from __future__ import annotations

import json
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import fail, json_option, messages

if TYPE_CHECKING:
    from tregua.app import Settings

__all__ = ["serve_command"]

_NEEDED = ("fastapi", "uvicorn")


@click.command("serve")
@click.argument("case", default="el-salvador")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    help="Port to listen on.  [default: any free one]",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; any but this machine's own asks visitors for a token.",
)
@click.option(
    "--token",
    metavar="TEXT",
    envvar="TREGUA_TOKEN",
    help="Token that visitors must show, 16 characters or more.  [default: a random one where one "
    "is needed]",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="HOST",
    help="A further name under which visitors may address the server; repeat for several.",
)
@click.option(
    "--study",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Folder of a finished `tregua assess`, whose results are shown.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where results and saved scenarios are kept.  [default: with the user's data]",
)
@click.option("--threads", type=click.IntRange(1, 64), help="Computations at once.")
@click.option(
    "--lang",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Language in which pages open; they hold both.",
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@json_option
def serve_command(
    case: str,
    port: int,
    host: str,
    token: str | None,
    names: tuple[str, ...],
    study: Path | None,
    folder: Path | None,
    threads: int | None,
    lang: str,
    no_browser: bool,
    as_json: bool,
) -> None:
    """Open the pages of CASE in a browser, and its HTTP API, until Ctrl-C.

    CASE is the name of an embedded case or a folder. Only this machine can reach the server, unless
    --host says otherwise; then the address printed holds a token, and whoever has it may look and
    compute. With --json one line is printed when the server answers: address and token.

    Example: tregua serve el-salvador --port 8000 --no-browser
    """
    _refuse_without_libraries()
    from tregua.app import serve

    try:
        settings = _settings(
            case, port, host, token, names=names, study=study, folder=folder, threads=threads,
            lang=lang,
        )  # fmt: skip
        serve(settings, ready=lambda address: _tell(address, settings, no_browser, as_json))
    except (ValueError, OSError) as error:
        fail(error)
    messages().print("Stopped. Saved scenarios are kept.")


def _refuse_without_libraries() -> None:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        fail(
            f"The server needs {' and '.join(missing)}, not installed here. "
            "Install them: pip install 'tregua[app]'"
        )


def _settings(
    case: str,
    port: int,
    host: str,
    token: str | None,
    *,
    names: tuple[str, ...],
    study: Path | None,
    folder: Path | None,
    threads: int | None,
    lang: str,
) -> Settings:
    """The settings, with a random token where one is needed and none was given."""
    from tregua.app import Settings

    given: dict[str, Any] = {"case": case, "port": port, "threads": threads, "lang": lang}
    given |= {"hosts": names, "study": study}
    if folder is not None:
        given["folder"] = folder
    local = Settings(host=host, token="x" * 32).loopback
    chosen = token if token is not None or local else secrets.token_urlsafe(32)
    return Settings(host=host, token=chosen, **given)


def _tell(address: str, settings: Settings, no_browser: bool, as_json: bool) -> None:
    """Say where the server is, and open it."""
    if as_json:
        click.echo(json.dumps({"address": address, "token": settings.token}))
    else:
        click.echo(f"tregua serves {settings.case} at {address}")
        if settings.token is not None:
            messages().print(
                "Whoever has this address may look and compute. The connection is not encrypted; "
                "on a network that you do not trust, put a server with TLS before it."
            )
        messages().print("Ctrl-C ends it.")
    if not no_browser and not as_json:
        import webbrowser

        webbrowser.open(address)
