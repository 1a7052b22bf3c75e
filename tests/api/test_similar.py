"""Similar papers over HTTP."""

from __future__ import annotations

import httpx

from search.engine import Engine
from tests.support.servers import body_of, ids, problem_of


def test_papers_like_one_do_not_hold_it(client: httpx.Client) -> None:
    body = body_of(client.get("/papers/2106.09685/similar", params={"k": 100}))
    assert body["query"] == "2106.09685"
    assert "2106.09685" not in ids(body)
    assert ids(body)[0] == "2305.14314"


def test_papers_like_one_are_filtered_and_paged_as_answers_are(client: httpx.Client) -> None:
    page = "/papers/2106.09685/similar?k=3&from=2021&to=2023&offset="
    first, second = (body_of(client.get(f"{page}{offset}"))["results"] for offset in (0, 3))
    assert all("2021" <= result["paper"]["date"] < "2024" for result in [*first, *second])
    assert len({result["paper"]["id"] for result in [*first, *second]}) == 6


def test_papers_like_one_say_which_sections_pair(client: httpx.Client, engine: Engine) -> None:
    liked = engine.paper("2106.09685")
    for result in body_of(client.get("/papers/2106.09685/similar", params={"k": 5}))["results"]:
        other = engine.paper(result["paper"]["id"])
        assert len(result["pairs"]) == len(liked.sections) * len(other.sections)
        similarities = [pair["similarity"] for pair in result["pairs"]]
        assert similarities == sorted(similarities, reverse=True)
        for pair in result["pairs"]:
            assert any(
                pair["example_sentence"] in s.text for s in liked.sections if s.heading == pair["example_heading"]
            )
            assert any(pair["sentence"] in s.text for s in other.sections if s.heading == pair["heading"])


def test_an_aspect_compares_by_other_sections(client: httpx.Client) -> None:
    found = [
        [(r["paper"]["id"], r["score"]) for r in body_of(client.get(f"/papers/2106.09685/similar{aspect}"))["results"]]
        for aspect in ("", "?aspect=whats_new", "?aspect=technical_details", "?aspect=performance")
    ]
    assert all(one != other for i, one in enumerate(found) for other in found[:i])


def test_papers_like_several_hold_none_of_those_given(client: httpx.Client) -> None:
    body = body_of(client.post("/similar", json={"positive": ["2106.09685", "2305.14314"], "k": 100}))
    assert body["query"] == "2106.09685 2305.14314"
    assert len(ids(body)) == 64
    assert not {"2106.09685", "2305.14314"} & set(ids(body))
    assert not any(result["pairs"] for result in body["results"])


def test_a_paper_to_be_unlike_drives_those_like_it_down(client: httpx.Client) -> None:
    plain = ids(body_of(client.post("/similar", json={"positive": ["2106.09685"], "k": 100})))
    away = ids(
        body_of(client.post("/similar", json={"positive": ["2106.09685"], "negative": ["2302.13971"], "k": 100}))
    )
    assert set(plain) - set(away) == {"2302.13971"}
    like_it = ids(body_of(client.get("/papers/2302.13971/similar", params={"k": 5})))
    places = [(plain.index(one), away.index(one)) for one in like_it if one in plain and one in away]
    assert sum(after for _, after in places) > sum(before for before, _ in places)


def test_one_positive_paper_is_answered_as_its_own_address_is(client: httpx.Client) -> None:
    sent = {"positive": ["2106.09685"], "aspect": "whats_new", "k": 4, "offset": 1, "filters": {"from": "2019"}}
    posted = body_of(client.post("/similar", json=sent))
    got = body_of(client.get("/papers/2106.09685/similar?aspect=whats_new&k=4&offset=1&from=2019"))
    assert posted["results"][0]["pairs"]
    assert {**posted, "took_ms": 0} == {**got, "took_ms": 0}


def test_papers_like_a_text_in_korean_are_found_and_filtered(client: httpx.Client) -> None:
    text = "  가중치는 고정하고 저랭크 행렬만 학습하여 거대 언어 모델을 적은 메모리로 미세 조정한다.\n"
    body = body_of(client.post("/similar", json={"text": text, "k": 3}))
    assert body["query"] == text.strip()
    assert {"2106.09685", "2305.14314"} <= set(ids(body))
    filtered = body_of(client.post("/similar", json={"text": text, "k": 100, "filters": {"author": "dettmers"}}))
    assert ids(filtered) == ["2305.14314"]


def test_the_paper_most_like_one_whose_id_holds_a_slash_is_its_revision(odd_client: httpx.Client) -> None:
    assert ids(body_of(odd_client.get("/papers/cs/0112017/similar?k=1"))) == ["cs/0112017/v2"]


def test_similar_papers_are_asked_for_by_post(client: httpx.Client) -> None:
    response = client.get("/similar")
    assert "use POST" in problem_of(response, 405)
    assert response.headers["allow"] == "POST"
