"""Who may ask, from where, and what a browser or a terminal may make of an answer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from index.encoding.encoder import Encoder
from search.api.security import POLICY, SECURITY_HEADERS, host_name, is_among, is_loopback
from search.settings import key_digest
from tests.support.servers import app_of, body_of, problem_of, serving

KEY, OTHER_KEY, WRONG_KEY = "0123456789abcdef", "fedcba9876543210", "0123456789abcdeF"
SITE = "https://page.example.org"
GUARDED = ["/search?q=a", "/papers/2005.11401", "/papers/2005.11401/similar", "/glossary", "/stats", "/metrics"]
OPEN = ["/healthz", "/readyz", "/openapi.json"]


@pytest.fixture(scope="module")
def guarded(example_store: Path, encoder: Encoder) -> Iterator[httpx.Client]:
    """Yield a client of a service that wants one of two keys, and lets the pages of one site ask."""
    keys = (key_digest(KEY), key_digest(OTHER_KEY))
    with serving(app_of(example_store, encoder, keys=keys, origins=(SITE,))) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(example_store: Path, encoder: Encoder) -> Iterator[httpx.Client]:
    """Yield a client of a service as it is by default."""
    with serving(app_of(example_store, encoder)) as opened:
        yield opened


@pytest.mark.parametrize("path", GUARDED)
def test_a_guarded_route_answers_whoever_bears_a_key_and_nobody_else(guarded: httpx.Client, path: str) -> None:
    for key in (KEY, OTHER_KEY):
        assert guarded.get(path, headers={"Authorization": f"Bearer {key}"}).status_code == 200
    for refused in ("", f"Bearer {WRONG_KEY}", "Bearer", KEY, f"Basic {KEY}", f"Bearer {KEY}{OTHER_KEY}"):
        response = guarded.get(path, headers={"Authorization": refused} if refused else {})
        assert "Authorization: Bearer" in problem_of(response, 401)
        assert response.headers["www-authenticate"] == "Bearer"


def test_a_key_is_asked_for_before_the_request_is_read(guarded: httpx.Client) -> None:
    problem_of(guarded.get("/search?k=none"), 401)
    problem_of(guarded.post("/similar", content=b"{"), 401)
    problem_of(guarded.get("/papers/0000.00000"), 401)


@pytest.mark.parametrize("path", OPEN)
def test_probes_and_the_description_want_no_key(guarded: httpx.Client, path: str) -> None:
    assert guarded.get(path).status_code == 200


def test_openapi_says_that_a_key_is_wanted_only_where_one_is(guarded: httpx.Client, client: httpx.Client) -> None:
    document = body_of(guarded.get("/openapi.json"))
    assert document["paths"]["/search"]["get"]["security"] == [{"HTTPBearer": []}]
    assert "401" in document["paths"]["/similar"]["post"]["responses"]
    assert "security" not in document["paths"]["/healthz"]["get"]
    assert "securitySchemes" not in body_of(client.get("/openapi.json"))["components"]


def test_no_key_comes_into_a_log(guarded: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "nonmun"):
        for key in (KEY, WRONG_KEY):
            guarded.get("/search?q=a", headers={"Authorization": f"Bearer {key}"})
            guarded.post("/similar", content=b"{", headers={"Authorization": f"Bearer {key}"})
    logged = "".join(f"{record.__dict__}" for record in caplog.records if record.name == "nonmun")
    assert "/similar" in logged
    assert KEY not in logged
    assert WRONG_KEY not in logged


@pytest.mark.parametrize("header", [f"Bearer {KEY}", f"bearer  {KEY}", f"BEARER {OTHER_KEY}"])
def test_the_name_of_the_scheme_has_no_case(guarded: httpx.Client, header: str) -> None:
    assert guarded.get("/stats", headers={"Authorization": header}).status_code == 200


def test_every_key_is_compared_whichever_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def compare(asked: bytes, known: bytes) -> bool:
        compared.append(known)
        return asked == known

    monkeypatch.setattr("search.api.security.hmac.compare_digest", compare)
    keys = (key_digest(KEY), key_digest(OTHER_KEY))
    assert is_among(keys, KEY)
    assert compared == list(keys)


def test_the_pages_of_the_named_site_may_ask_and_read(guarded: httpx.Client) -> None:
    asked = {"Origin": SITE, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    allowed = guarded.options("/search", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == SITE
    response = guarded.get("/search?q=a", headers={"Origin": SITE, "Authorization": f"Bearer {KEY}"})
    assert response.headers["access-control-allow-origin"] == SITE
    assert "Nonmun-Generation" in response.headers["access-control-expose-headers"]
    refused = guarded.get("/search?q=a", headers={"Origin": SITE})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, SITE)


def test_the_pages_of_another_site_may_not_read(guarded: httpx.Client, client: httpx.Client) -> None:
    for opened, site in ((guarded, "https://other.example.org"), (guarded, "null"), (client, SITE)):
        for response in (
            opened.get("/healthz", headers={"Origin": site}),
            opened.options("/search", headers={"Origin": site, "Access-Control-Request-Method": "GET"}),
        ):
            assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/search?q=a", "/papers/0000.00000", "/nothing", "/openapi.json", "/metrics", "/?" + "x" * 40000],
)
def test_every_response_has_every_security_header_once(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    for name, value in SECURITY_HEADERS.items():
        assert response.headers.get_list(name) == [value]


def test_the_policy_lets_a_page_use_its_own_files_and_nothing_else() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert {rules[name] for name in ("script-src", "style-src", "connect-src", "font-src")} == {"'self'"}
    assert rules["img-src"] == "'self' data:"
    assert "unsafe" not in POLICY
    assert "*" not in POLICY


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost:80", "LOCALHOST", "[::1]:80", "127.0.0.1:1"])
def test_on_this_machine_the_service_goes_by_the_names_of_this_machine(client: httpx.Client, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example.org", "evil.example.org:8000", "127.0.0.1.evil.org", "", "localhost@evil"]
)
def test_a_name_that_was_pointed_at_this_machine_is_refused(client: httpx.Client, host: str) -> None:
    assert "NONMUN_HOSTS" in problem_of(client.get("/search?q=a", headers={"Host": host}), 421)


def test_a_name_that_was_given_is_answered_to(example_store: Path, encoder: Encoder) -> None:
    with serving(app_of(example_store, encoder, hosts=("papers.example.org",))) as client:
        for host, status in (("papers.example.org", 200), ("Papers.Example.Org.:80", 200), ("other.org", 421)):
            assert client.get("/healthz", headers={"Host": host}).status_code == status
    with serving(app_of(example_store, encoder, hosts=("*",))) as client:
        assert client.get("/healthz", headers={"Host": "anything.org"}).status_code == 200


@pytest.mark.parametrize(
    ("host", "name"),
    [("a.org", "a.org"), ("A.org:80", "a.org"), ("[::1]", "::1"), ("[::1]:80", "::1"), ("a.org.", "a.org"), ("", "")],
)
def test_a_host_header_is_read(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("address", "local"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_an_address_of_this_machine_is_known(address: str, local: bool) -> None:
    assert is_loopback(address) is local
