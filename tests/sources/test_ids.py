"""Ids of papers: what each is written as, and where it leads."""

from __future__ import annotations

import pytest

from index.ids import canonical_id, id_of_url, link_of, scheme_id


@pytest.mark.parametrize(
    ("url", "paper_id"),
    [
        ("https://arxiv.org/abs/2409.00001v2", "2409.00001"),
        ("https://arxiv.org/pdf/hep-th/9901001v1.pdf", "hep-th/9901001"),
        ("https://www.alphaxiv.org/abs/2409.00001", "2409.00001"),
        ("https://doi.org/10.48550/arXiv.2409.00001", "2409.00001"),
        ("https://dx.doi.org/10.1145/3292500.3330701", "10.1145/3292500.3330701"),
        ("https://dl.acm.org/doi/pdf/10.1145/3292500.3330701", "10.1145/3292500.3330701"),
        ("https://link.springer.com/article/10.1007/BF00263762", "10.1007/bf00263762"),
        ("https://www.biorxiv.org/content/10.1101/2020.01.01.123456v2.full.pdf", "10.1101/2020.01.01.123456"),
        ("https://doi.org/10.18653/v1/N19-1423", "N19-1423"),
        ("https://aclanthology.org/2023.acl-long.1.pdf", "2023.acl-long.1"),
        ("https://openreview.net/pdf?id=rJ4km2R5t7", "openreview:rJ4km2R5t7"),
        ("https://pubmed.ncbi.nlm.nih.gov/12345678/", "pmid:12345678"),
        (f"https://www.semanticscholar.org/paper/A-Title/{'b' * 40}", f"s2:{'b' * 40}"),
        ("https://example.org/papers/p1", "example.org/papers/p1"),
    ],
)
def test_an_id_comes_of_an_address(url: str, paper_id: str) -> None:
    assert id_of_url(url) == paper_id


@pytest.mark.parametrize(
    ("paper_id", "url"),
    [
        ("2409.00001", "https://arxiv.org/abs/2409.00001"),
        ("hep-th/9901001", "https://arxiv.org/abs/hep-th/9901001"),
        ("10.1000/a<b", "https://doi.org/10.1000/a%3Cb"),
        ("N19-1423", "https://aclanthology.org/N19-1423"),
        ("openreview:aB3xYz", "https://openreview.net/forum?id=aB3xYz"),
        ("pmid:12345678", "https://pubmed.ncbi.nlm.nih.gov/12345678"),
        ("isbn:9781450311111", "https://openlibrary.org/isbn/9781450311111"),
        ("kim-2024-a-title", ""),
    ],
)
def test_an_id_leads_to_its_page_and_comes_back(paper_id: str, url: str) -> None:
    assert link_of(paper_id) == url
    if url and not paper_id.startswith("isbn"):
        assert id_of_url(url) == paper_id


@pytest.mark.parametrize(
    ("written", "paper_id"),
    [
        ("arXiv:2409.00001v3", "2409.00001"),
        ("２４０９．００００１", "2409.00001"),
        ("\u200e2409.00001\u200f", "2409.00001"),
        ("doi:10.1000/ABC.", "10.1000/abc"),
        ("내 논문", "내 논문"),
    ],
)
def test_an_id_is_one_however_it_is_written(written: str, paper_id: str) -> None:
    assert canonical_id(written) == paper_id


@pytest.mark.parametrize(
    ("scheme", "text", "paper_id"),
    [
        ("isbn", "978-1-4503-1111-1 1450311111", "isbn:9781450311111"),
        ("pubmed", "12345678", "pmid:12345678"),
        ("doi", "not one", None),
        ("arxiv", "https://arxiv.org/abs/2409.00001", "2409.00001"),
        ("mag", "1", None),
    ],
)
def test_an_id_of_a_known_kind_is_read(scheme: str, text: str, paper_id: str | None) -> None:
    assert scheme_id(scheme, text) == paper_id
