"""Whatever is sent: never a failure of the server, always the one shape of problems.

The description of the API drives the requests (schemathesis); bodies and links are also made of
bytes that no description foresees. Examples are derandomized, so that a failure comes back.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from starlette.testclient import TestClient

from tregua.app import Settings, create
from tregua.app.links import unpack
from tregua.app.problems import Problem

BOUNDED = settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
KINDS = [
    "application/json",
    "text/csv",
    "application/toml",
    "text/plain",
    "",
    "application/x",
    "\u00e9",
]

_FOLDER = tempfile.TemporaryDirectory(prefix="tregua-fuzz-")
# Few worlds and little time: what is asked is whether it fails, not what it gives.
APP = create(Settings(folder=Path(_FOLDER.name), most_worlds=50, most_seconds=20, threads=1))
CLIENT = TestClient(APP, base_url="http://127.0.0.1", raise_server_exceptions=False)
SCHEMA = schemathesis.openapi.from_asgi("/api/openapi.json", APP, headers={"Host": "127.0.0.1"})
PATHS = sorted(SCHEMA.raw_schema["paths"])
WRITTEN = [p for p in PATHS if {"post", "put", "patch"} & SCHEMA.raw_schema["paths"][p].keys()]
HEADERS = {"Host": "127.0.0.1", "X-Session": "fuzz"}


def in_the_one_shape(reply):
    assert reply.status_code < 500, reply.text
    if reply.status_code >= 400:
        problems = json.loads(reply.text)["problems"]
        assert problems and all(set(p) == {"where", "what", "valid"} for p in problems)


@pytest.fixture(scope="module", autouse=True)
def close():
    yield
    APP.state.jobs.close()
    APP.state.store.close()
    _FOLDER.cleanup()


@SCHEMA.parametrize()
@BOUNDED
def test_no_operation_fails_whatever_its_description_allows_or_not(case):
    # A minute: the first to ask for a page may have to wait until a kernel is compiled.
    reply = case.call(base_url="http://127.0.0.1", headers=HEADERS, timeout=60)
    case.validate_response(reply, checks=[not_a_server_error])
    in_the_one_shape(reply)


@given(
    path=st.sampled_from(WRITTEN),
    kind=st.sampled_from(KINDS),
    body=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(["name", "scenario", "case", "blocks", "worlds", "seed", "x"]),
                    inner,
                )
            ),
            max_leaves=12,
        ).map(lambda value: json.dumps(value).encode()),
    ),
)
@settings(BOUNDED, max_examples=150)
def test_no_body_makes_the_server_fail(path, kind, body):
    headers = {**HEADERS, "content-type": kind.encode("latin-1")}
    in_the_one_shape(
        CLIENT.post(path.replace("{", "").replace("}", ""), content=body, headers=headers)
    )


@given(text=st.one_of(st.text(max_size=60), st.text(alphabet="ABCabc019-_=", max_size=200)))
@settings(BOUNDED, max_examples=200)
def test_no_link_makes_unpacking_fail(text):
    try:
        unpack(text)
    except Problem as problem:
        assert problem.status == 400


@given(
    path=st.sampled_from(["/web/", "/s/", "/api/results/", "/api/runs/", "/api/scenarios/", "/"]),
    rest=st.text(max_size=40),
    query=st.text(max_size=40),
)
@settings(BOUNDED, max_examples=150)
def test_no_address_makes_the_server_fail(path, rest, query):
    from urllib.parse import quote

    address = path + quote(rest, safe="/.%", errors="surrogatepass") + "?" + quote(query, safe="=&")
    in_the_one_shape(CLIENT.get(address, headers=HEADERS, follow_redirects=False))


def test_the_fuzz_would_see_a_failure():
    from fastapi import FastAPI

    broken = FastAPI()
    broken.add_api_route("/broken", lambda: 1 / 0)
    reply = TestClient(broken, raise_server_exceptions=False).get("/broken")
    with pytest.raises(AssertionError):
        in_the_one_shape(reply)
