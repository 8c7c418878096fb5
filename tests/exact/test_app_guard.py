"""Does the server answer whom it should, and nobody else, and read no more than it should?"""

from __future__ import annotations

import json
import socket

import pytest
from tests.app_server import asking, serving

from tregua.app import Settings
from tregua.app.guard import POLICY, strict_json

TOKEN = "a-token-for-this-test-only"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with asking(tmp_path_factory.mktemp("guard")) as given:
        yield given


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    with asking(
        tmp_path_factory.mktemp("closed"), host="192.0.2.7", token=TOKEN, hosts=("lab.example",)
    ) as given:
        given.base_url = "http://192.0.2.7:8000"
        yield given


def problem(reply, status):
    """The one problem of a reply in the one shape."""
    assert reply.status_code == status, reply.text
    listed = reply.json()["problems"]
    assert listed
    assert all(set(entry) == {"where", "what", "valid"} for entry in listed)
    return listed[0]


# --- who ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:4000", "localhost:1", "[::1]:9", "127.9.9.9"]
)
def test_own_names_are_answered(client, host):
    assert client.get("/api/about", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "192.168.1.5",
        "localhost.evil",
        "",
    ],
)
def test_a_name_that_was_made_to_point_here_gets_nothing(client, host):
    reply = client.get("/api/about", headers={"host": host})
    assert reply.status_code in (400, 421)
    assert problem(reply, reply.status_code)["where"] == "Host"


@pytest.mark.parametrize("host", ["a@127.0.0.1", "127.0.0.1/x", "127.0.0.1:x", "[::1"])
def test_what_is_no_host_gets_nothing(client, host):
    problem(client.get("/api/about", headers={"host": host}), 400)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "file://127.0.0.1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_sites_page_cannot_change_anything(client, headers):
    body = {"name": "planted", "scenario": {"origin": "2019-06"}}
    problem(client.post("/api/scenarios", json=body, headers=headers), 403)
    problem(client.delete("/api/scenarios/planted", headers=headers), 403)
    assert client.get("/api/scenarios").json() == {"scenarios": []}


def test_our_own_page_can(client):
    headers = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}
    body = {"name": "ours", "scenario": {"origin": "2019-06"}}
    assert client.post("/api/scenarios", json=body, headers=headers).status_code == 201
    assert client.delete("/api/scenarios/ours", headers=headers).status_code == 200


def test_another_sites_page_cannot_make_us_compute_but_may_link_to_us(client):
    foreign = {"sec-fetch-site": "cross-site"}
    problem(client.get("/api/about", headers={**foreign, "sec-fetch-mode": "no-cors"}), 403)
    linked = {**foreign, "sec-fetch-mode": "navigate"}
    assert client.get("/record", headers=linked).status_code == 200


def test_a_form_of_another_site_cannot_pass_as_json(client):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        reply = client.post("/api/scenarios", content=b"{}", headers={"content-type": kind})
        assert problem(reply, 415)["where"] == "Content-Type"


# --- the token ------------------------------------------------------------------------------


def test_beyond_loopback_a_token_is_needed():
    with pytest.raises(ValueError, match="needs a token"):
        Settings(host="0.0.0.0")
    with pytest.raises(ValueError, match="16 characters"):
        Settings(host="0.0.0.0", token="short")
    assert TOKEN not in repr(Settings(host="0.0.0.0", token=TOKEN))


def test_without_the_token_nothing_is_served(closed):
    for path in ("/api/about", "/record", "/web/main.js", "/api/openapi.json", "/vendor/vega.js"):
        reply = closed.get(path)
        problem(reply, 401)
        assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"]
)
def test_a_wrong_token_is_refused(closed, given):
    problem(closed.get("/api/about", headers={"authorization": given}), 401)
    problem(closed.get(f"/api/about?token={given[7:]}x"), 401)


def test_a_program_sends_it_in_a_header(closed):
    assert closed.get("/api/about", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_an_address_with_it_becomes_a_cookie_and_an_address_without(closed):
    reply = closed.get(f"/lab?lang=es&token={TOKEN}&s=a%20b", follow_redirects=False)
    assert reply.status_code == 200
    assert TOKEN not in reply.text
    assert "url=/lab?lang=es&amp;s=a+b" in reply.text
    cookie = reply.headers["set-cookie"]
    assert TOKEN not in cookie
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    pair = cookie.split(";")[0]
    closed.cookies.clear()
    assert closed.get("/api/about", headers={"cookie": pair}).status_code == 200
    problem(closed.get("/api/about", headers={"cookie": pair[:-1]}), 401)


def test_an_address_with_the_token_cannot_lead_elsewhere(closed):
    reply = closed.get(f"http://192.0.2.7:8000//evil.example/?token={TOKEN}")
    assert "url=/evil.example/" in reply.text
    assert "url=//" not in reply.text
    closed.cookies.clear()


def test_beyond_loopback_only_known_names_and_addresses_in_digits_are_answered(closed):
    told = {"authorization": f"Bearer {TOKEN}"}
    for host in ("192.0.2.7:8000", "203.0.113.9", "lab.example", "LAB.example."):
        assert closed.get("/api/about", headers={**told, "host": host}).status_code == 200
    problem(closed.get("/api/about", headers={**told, "host": "evil.example"}), 421)


# --- what every reply carries ---------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/record", "/api/about", "/nowhere", "/api/docs", "/style/report.css"]
)
def test_every_reply_carries_the_headers(client, path):
    headers = client.get(path).headers
    assert headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert not [name for name in headers if name.startswith("access-control")]


def test_no_other_site_is_let_in_by_a_preflight(client):
    asked = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    reply = client.options("/api/scenarios", headers=asked)
    assert reply.status_code == 405
    assert not [name for name in reply.headers if name.startswith("access-control")]


# --- how much -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": NaN}', "NaN"),
        ('{"a": Infinity}', "Infinity"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": 1e999}', "too large"),
        ('{"a": 1' + "0" * 5000 + "}", "64 bits"),
        ('{"a": 9223372036854775808}', "64 bits"),
        ("[" * 40 + "]" * 40, "32 levels"),
        ("[" * 100_000, "levels"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"a": "\\u0000"}', "NUL"),
        ('{"a": 1', "delimiter"),
        ("", "Field required"),
        ("null", "valid"),
        ("[]", "valid"),
        ('"text"', "valid"),
    ],
)
def test_what_is_no_json_is_told(client, text, says):
    reply = client.post("/api/scenarios", content=text, headers=JSON)
    assert 400 <= reply.status_code < 500
    assert says in problem(reply, reply.status_code)["what"]


def test_what_is_no_text_is_told(client):
    reply = client.post("/api/scenarios", content=b'{"name": "\xff"}', headers=JSON)
    assert "UTF-8" in problem(reply, 400)["what"]


def test_json_within_bounds_passes():
    text = '{"a": [1, -2.5, "ñ \\ud83d\\ude00", null, true], "b": {"c": 9223372036854775807}}'
    assert strict_json(text) == json.loads(text)


def test_a_body_over_the_limit_is_refused_before_it_is_read(tmp_path):
    with serving(tmp_path, most_body=1_000, most_upload=2_000) as server:
        host, port = server.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(
                f"POST /api/scenarios HTTP/1.1\r\nHost: {host}\r\n"
                "Content-Type: application/json\r\nContent-Length: 1001\r\n\r\n".encode()
            )
            assert b" 413 " in line.recv(4096).split(b"\r\n")[0]  # though nothing was sent
        for kind, length, status in (
            ("application/json", 1_001, 413),
            ("text/csv", 2_001, 413),
            ("text/csv", 1_500, 422),  # small enough; the route wants something else
        ):
            chunks = (b"x" * 100 for _ in range(length // 100 + (length % 100 > 0)))
            reply = server.post("/api/scenarios", content=chunks, headers={"content-type": kind})
            assert reply.status_code == status, reply.text
        assert server.get("/api/about").status_code == 200


def test_a_length_that_is_none_is_refused(client):
    for length in ("-1", "1e3", "x", "9" * 30):
        reply = client.post(
            "/api/scenarios", content=b"{}", headers={**JSON, "content-length": length}
        )
        problem(reply, 400)


def test_reading_takes_no_body(client):
    reply = client.request("GET", "/api/about", content=b"x", headers=JSON)
    assert problem(reply, 400)["where"] == "Content-Length"


def test_an_endless_address_is_refused(client):
    problem(client.get("/record?s=" + "a" * 20_000), 414)


def test_an_unknown_method_is_refused(client):
    for method in ("TRACE", "CONNECT", "BREW"):
        problem(client.request(method, "/api/about"), 405)


# --- files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "../settings.py",
        "..%2fsettings.py",
        "%2e%2e/settings.py",
        "%2e%2e%2fsettings.py",
        "..%5csettings.py",
        "%252e%252e%252fsettings.py",
        "....//settings.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "x%00.js",
        "pages/../../settings.py",
        ".hidden",
        "",
    ],
)
def test_no_address_leads_out_of_the_folder(tmp_path, path):
    with serving(tmp_path) as server:
        host, port = server.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(
                f"GET /web/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
            )
            reply = b"".join(iter(lambda: line.recv(65536), b""))
        assert reply.split(b"\r\n")[0].split()[1] in (b"404", b"400")
        assert b"class Settings" not in reply and b"root:" not in reply
