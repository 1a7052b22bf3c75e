from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylatexenc.latex2text import LatexNodes2Text

from search.export.latex import latex, latex_title


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("100% of A&B_c #1", r"100\% of A\&B\_c \#1"),
        ("한글 제목", "한글 제목"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("a } b", r"a \textbraceright{} b"),
        ("x^2 ~ y", r"x\textasciicircum{}2 \textasciitilde{} y"),
        (r"$\beta$-VAE and $\mathcal{L}_{2}$", r"$\beta$-VAE and $\mathcal{L}_{2}$"),
        ("from $5 to $10", r"from \$5 to \$10"),
        ("one $ alone", r"one \$ alone"),
    ],
)
def test_special_characters_are_escaped_and_mathematics_is_kept(text: str, written: str) -> None:
    assert latex(text) == written


@pytest.mark.parametrize(
    "harm", [r"$\input{x}$", r"$\write18{rm}$", r"$\def\a{b}$", "$a%b$", "$a}{b$", "$a&b$", "$\\alphabet$"]
)
def test_mathematics_that_could_fail_or_do_harm_is_only_text(harm: str) -> None:
    assert latex(harm).startswith(r"\$")
    assert latex(harm).endswith(r"\$")


def test_acronyms_of_a_title_keep_their_capitals() -> None:
    assert latex_title("LoRA: Low-Rank GPT-4 under $\\ell_2$ & C_D") == (
        r"{LoRA}: Low-Rank {GPT}-4 under $\ell_2$ \& {C\_D}"
    )


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.sampled_from(["\\", "{x}", "&", "%", "#", "_", "~", "^", "a", "한", "é", "𝔽", "@", '"'])).map("".join)
)
def test_any_text_without_mathematics_comes_back(text: str) -> None:
    assert LatexNodes2Text().latex_to_text(latex(text)).replace("ˆ", "^") == text


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="\\{}$%&ab^_ "))
def test_braces_are_balanced_whatever_is_written(text: str) -> None:
    for written in (latex(text), latex_title(text)):
        depth = 0
        for char in written:
            depth += {"{": 1, "}": -1}.get(char, 0)
            assert depth >= 0
        assert depth == 0
