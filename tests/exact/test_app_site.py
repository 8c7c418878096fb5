"""Are pages, files and replies whole, light, asked for once, and from this server only?"""

from __future__ import annotations

import gzip
import io
import json
import re
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from tests.app_server import asking

import tregua.app
from tregua.app import Settings
from tregua.app.answers import canonical
from tregua.app.links import pack, unpack
from tregua.app.problems import Problem
from tregua.app.routes import _MODULES, ROUTERS
from tregua.app.routes.site import PAGES
from tregua.app.table import FORMATS, table_answer, table_bytes
from tregua.cli import main
from tregua.decide import Scenario

ROOT = Path(__file__).parents[2]
APP = Path(tregua.app.__file__).parent
FILES = sorted(file for file in (APP / "web").rglob("*") if file.is_file())
PLAIN = {"accept-encoding": "identity"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with asking(tmp_path_factory.mktemp("site")) as given:
        yield given


# --- pages ----------------------------------------------------------------------------------


def test_the_root_leads_to_the_record(client):
    reply = client.get("/?lang=es", follow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (307, "/record?lang=es")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_the_one_document(client, name):
    reply = client.get(f"/{name}?lang=es")
    assert reply.status_code == 200 and reply.headers["content-type"].startswith("text/html")
    assert 'lang="es"' in reply.text and "{{" not in reply.text
    assert 'lang="en"' in client.get(f"/{name}?lang=xx").text


@pytest.mark.parametrize("path", ["/record", "/api/docs"])
def test_a_document_holds_nothing_that_its_policy_forbids(client, path):
    text = client.get(path).text
    for script in re.findall(r"<script[^>]*>(.*?)</script>", text, re.S):
        assert not script.strip(), "a script stands in the page"
    assert "<style" not in text and not re.search(r"\son\w+=|\sstyle=|javascript:", text)
    addresses = re.findall(r"(?:src|href)=\"([^\"]+)\"", text)
    assert all(address.startswith(("/", "#")) for address in addresses), addresses
    for address in addresses:
        if not address.startswith("#"):
            assert client.get(address.replace("&amp;", "&")).status_code in (200, 204)


def test_no_file_of_the_pages_names_another_server():
    allowed = re.compile(r"https?://www\.w3\.org/")  # names of namespaces, never asked for
    for file in FILES + sorted((APP / "apidocs").iterdir()):
        if file.suffix in (".js", ".css", ".html", ".svg"):
            text = allowed.sub("", file.read_text(encoding="utf-8"))
            # An address as the text of an example may stand; what is loaded may not.
            found = re.findall(r"(?:src|href|url|import|fetch)\W{1,3}https?://[^\s\"'`]+", text)
            assert not found, f"{file.name} asks for {found}"


def test_files_are_served_with_their_kind(client):
    for file in FILES:
        reply = client.get(f"/web/{file.relative_to(APP / 'web').as_posix()}")
        assert reply.status_code == 200 and reply.content == file.read_bytes()
        if file.suffix == ".js":
            assert reply.headers["content-type"].startswith("text/javascript")


def test_vega_comes_from_the_installed_package_and_is_kept_for_good(client):
    address = client.get("/api/about").json()["vega"]
    reply = client.get(address)
    assert b"vegaEmbed" in reply.content and len(reply.content) > 500_000
    assert "immutable" in reply.headers["cache-control"]
    assert client.get(address, headers=PLAIN).content == reply.content
    assert "no-cache" in client.get("/vendor/vega.js?v=old").headers["cache-control"]
    assert client.get("/vendor/vega.js?v=old").content == reply.content


def test_all_pages_together_weigh_less_than_they_may(client):
    """1.2 MB compressed: every file of the pages, the report's look, words and Vega."""
    addresses = [
        "/record",
        "/style/report.css",
        "/vendor/vega.js",
        "/api/words",
        "/api/words?lang=es",
    ]
    addresses += [f"/web/{file.relative_to(APP / 'web').as_posix()}" for file in FILES]
    total = 0
    for address in addresses:
        with client.stream("GET", address, headers={"accept-encoding": "gzip"}) as reply:
            total += sum(map(len, reply.iter_raw()))
    assert 250_000 < total < 1_200_000


# --- replies --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/record", "/api/about", "/api/cases", "/api/words", "/style/report.css", "/vendor/vega.js"],
)
def test_what_is_held_already_is_not_sent_again(client, path):
    first = client.get(path)
    tag = first.headers["etag"]
    for asked in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        again = client.get(path, headers={"if-none-match": asked})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    assert client.get(path, headers=PLAIN).headers["etag"] == tag


def test_large_replies_are_squeezed(client):
    reply = client.get("/api/words", headers={"accept-encoding": "gzip"})
    assert reply.headers["content-encoding"] == "gzip"
    assert client.get("/api/words", headers=PLAIN).json() == reply.json()


def test_equal_values_give_equal_bytes():
    frame = pd.DataFrame({"month": [pd.Timestamp("2019-06-01"), pd.NaT], "x": [1.5, float("nan")]})
    assert canonical({"b": frame, "a": (float("inf"), frame["x"].to_numpy()[0])}) == (
        b'{"a":[null,1.5],"b":[{"month":"2019-06-01","x":1.5},{"month":null,"x":null}]}'
    )


@pytest.mark.parametrize("as_", FORMATS)
def test_a_table_is_the_same_in_every_format(as_):
    frame = pd.DataFrame({"month": pd.to_datetime(["2019-06-01"]), "n": [3], "name": ['ñ, "x"']})
    data = table_bytes(frame, as_)
    assert data == table_bytes(frame.copy(), as_)
    if as_ == "json":
        row = {"month": "2019-06-01", "n": 3, "name": 'ñ, "x"'}
        assert json.loads(data) == {"columns": ["month", "n", "name"], "rows": [row]}
        return
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "arrow": pd.read_feather}[as_]
    back = read(io.BytesIO(data)).assign(month=lambda t: pd.to_datetime(t["month"]))
    assert back["name"][0] == 'ñ, "x"' and back["n"][0] == 3
    assert back["month"][0] == pd.Timestamp("2019-06-01")


def test_a_table_is_named_safely_and_an_unknown_format_refused():
    from starlette.requests import Request

    request = Request(
        {"type": "http", "method": "GET", "headers": [], "path": "/", "query_string": b""}
    )
    frame = pd.DataFrame({"x": [1]})
    reply = table_answer(frame, request, as_="csv", name='a"/../b\r\nX: y')
    assert reply.headers["content-disposition"] == 'attachment; filename="a-..-b-X-y.csv"'
    with pytest.raises(Problem, match="xlsx"):
        table_answer(frame, request, as_="xlsx")


def test_words_are_the_catalogue_of_the_report(client):
    english, spanish = (client.get(f"/api/words?lang={lang}").json() for lang in ("en", "es"))
    assert english.keys() == spanish.keys()
    assert spanish["language.es"] == "Español"
    assert client.get("/api/words").json() == english
    assert client.get("/api/words?lang=fr").status_code == 422


def test_about_tells_what_is_served_and_within_which_limits(client):
    told = client.get("/api/about").json()
    assert told["case"] == "el-salvador" and told["languages"] == ["en", "es"]
    assert told["limits"]["worlds"] == 20_000 and told["worlds_from"] == ["posterior", "prior"]
    cases = client.get("/api/cases").json()["cases"]
    assert [(case["name"], case["served"]) for case in cases] == [("el-salvador", True)]
    assert cases[0]["digest"] == told["digest"]


def test_a_saved_scenario_has_an_address(client):
    scenario = Scenario(origin="2019-06", years=12).model_dump(mode="json")
    client.post("/api/scenarios", json={"name": "My plan", "scenario": scenario})
    reply = client.get("/s/My%20plan", follow_redirects=False)
    found = re.fullmatch(r"/lab\?s=([\w-]+)&name=My%20plan", reply.headers["location"])
    assert found and unpack(found[1]) == scenario
    assert client.get("/s/nothing", follow_redirects=False).status_code == 404


# --- links ----------------------------------------------------------------------------------


def test_a_link_comes_back_from_both_kinds_of_deflation():
    state = {"years": 10, "blocks": [{"lane": "pact"}], "name": "ñ"}
    assert unpack(pack(state)) == state
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    import base64

    raw = machine.compress(json.dumps(state).encode()) + machine.flush()
    assert unpack(base64.urlsafe_b64encode(raw).decode().rstrip("=")) == state


def test_a_link_that_would_fill_the_memory_is_refused():
    import base64

    bomb = base64.urlsafe_b64encode(zlib.compress(b"0" * 10_000_000, 9)).decode().rstrip("=")
    assert len(bomb) < 16_000
    for text in (bomb, "x" * 20_000, "%%%", "ñ", "AAAA", "", pack({"a": 1})[:-4]):
        with pytest.raises(Problem) as caught:
            unpack(text)
        assert caught.value.status == 400


# --- the description ------------------------------------------------------------------------


def test_every_route_of_the_folder_is_served(client):
    names = {file.stem for file in (APP / "routes").glob("*.py")} - {"__init__"}
    assert names == {module.__name__.rpartition(".")[2] for module in _MODULES}
    assert len(ROUTERS) >= 6


def test_the_description_lists_every_operation_with_its_problems(client):
    api = client.get("/api/openapi.json").json()
    assert {"/api/about", "/api/runs/{id}/events", "/api/scenarios/{name}"} <= api["paths"].keys()
    for path, methods in api["paths"].items():
        for method, one in methods.items():
            assert one.get("description"), f"{method} {path} is not explained"
            problems = one["responses"]["4XX"]["content"]["application/json"]["schema"]
            assert problems == {"$ref": "#/components/schemas/Complaints"}
    page = client.get("/api/docs").text
    assert "/api/docs.js" in page and "cdn" not in page.lower()
    assert b"/api/openapi.json" in client.get("/api/docs.js").content
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


# --- settings and command -------------------------------------------------------------------


def test_settings_out_of_range_are_all_told_at_once():
    with pytest.raises(ValueError) as caught:
        Settings(port=70_000, most_worlds=0, threads=0, lang="fr")
    for word in ("port 70000", "most_worlds 0", "threads 0", "'fr'"):
        assert word in str(caught.value)


def test_where_the_libraries_are_missing_the_command_says_how_to_get_them(monkeypatch):
    import tregua.cli.serve as command

    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "uvicorn" else object())
    result = CliRunner().invoke(main, ["serve"])
    assert result.exit_code == 1
    assert "needs uvicorn" in result.output and "tregua[app]" in result.output


def test_the_command_refuses_what_cannot_be_served(tmp_path):
    for options, says in (
        (["nowhere"], "No case named"),
        (["--token", "short"], "16 characters"),
        (["--study", str(tmp_path / "none")], "does not exist"),
    ):
        result = CliRunner().invoke(main, ["serve", "--folder", str(tmp_path), *options])
        assert result.exit_code != 0 and says in result.output


def test_the_command_says_where_it_serves_and_ends_cleanly(tmp_path):
    """A host beyond loopback brings a token; Ctrl-C ends it with code 0 and no traceback."""
    import httpx

    command = [sys.executable, "-c", "from tregua.cli import main; main()", "serve", "--json"]
    command += ["--host", "0.0.0.0", "--name", "lab.example", "--folder", str(tmp_path)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True, cwd=ROOT) as server:
        told = json.loads(server.stdout.readline())
        assert re.fullmatch(r"http://lab\.example:\d+/\?token=[\w-]{43}", told["address"])
        assert told["address"].endswith(told["token"])
        port = re.search(r":(\d+)/", told["address"])[1]
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60
        ) as client:
            assert client.get("/api/about").status_code == 401
            shown = {"authorization": f"Bearer {told['token']}"}
            assert client.get("/api/about", headers=shown).status_code == 200
        server.send_signal(signal.SIGINT)
        rest, messages = server.communicate(timeout=30)
    assert server.returncode == 0
    assert rest == "" and "Traceback" not in messages and "Stopped." in messages


def test_squeezed_bytes_do_not_change_from_day_to_day(tmp_path):
    with asking(tmp_path) as client:
        client.get("/vendor/vega.js")
        key = f"vega-{client.get('/api/about').json()['vega'].rpartition('=')[2]}"
        kept = client.app.state.store.get(key, "js")
    assert kept[4:8] == b"\0\0\0\0"  # no time in it
    assert b"vegaEmbed" in gzip.decompress(kept)
