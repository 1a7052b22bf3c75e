"""Text as LaTeX prints it in a bibliography: special characters escaped, harmless mathematics kept."""

from __future__ import annotations

import re

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_PAIRED = str.maketrans(_ESCAPES)
# BibTeX counts the brace of \{ too, so that one without the other would end or swallow an entry.
_LONE = str.maketrans(_ESCAPES | {"{": r"\textbraceleft{}", "}": r"\textbraceright{}"})
_MATH = re.compile(r"(\$(?=\S)[^$]+(?<=\S)\$(?!\d))")
_COMMANDS = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|varphi"
    "|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega|ell|infty|partial|nabla|times|cdot|pm|leq?|geq?"
    "|ll|gg|neq?|sim|approx|equiv|propto|in|to|rightarrow|leftarrow|leftrightarrow|sum|prod|int|sqrt|frac|log|exp|min"
    "|max|star|ast|dagger|circ|prime|mathcal|mathbb|mathbf|mathrm|mathsf|mathit|text|bar|hat|tilde|vec|ldots|cdots"
)
_HARMLESS = re.compile(rf"(?:[A-Za-z0-9 ^_{{}}+\-=*/.,:;()<>|!'\[\]]|\\(?:{_COMMANDS})(?![A-Za-z]))+")
_WORD = re.compile(r"(\w+)")


def latex(text: str) -> str:
    """Return a text with every special character escaped, but for mathematics that can neither fail nor do harm."""
    escapes = _escapes(text)
    return "".join(part if _is_math(part) else part.translate(escapes) for part in _MATH.split(text))


def latex_title(text: str) -> str:
    """Return a title as `latex` does, its acronyms in braces, so that no style takes their capitals away."""
    escapes = _escapes(text)
    return "".join(part if _is_math(part) else _protected(part, escapes) for part in _MATH.split(text))


def _escapes(text: str) -> dict[int, str]:
    return _PAIRED if is_balanced(text, "{", "}") else _LONE


def _protected(text: str, escapes: dict[int, str]) -> str:
    words = ((word, word.translate(escapes)) for word in _WORD.split(text))
    return "".join(f"{{{written}}}" if word[1:].lower() != word[1:] else written for word, written in words)


def _is_math(part: str) -> bool:
    return bool(_MATH.fullmatch(part)) and bool(_HARMLESS.fullmatch(part[1:-1])) and is_balanced(part, "{", "}")


def is_balanced(text: str, opening: str, closing: str) -> bool:
    """Return whether each opening bracket of a pair is closed after it, and none is closed before."""
    depth = 0
    for char in text:
        depth += {opening: 1, closing: -1}.get(char, 0)
        if depth < 0:
            return False
    return depth == 0
