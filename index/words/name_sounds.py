"""How names of people sound: as they are spelled, as pinyin, and as Korean written in Latin letters."""

from __future__ import annotations

import re
from functools import lru_cache

from index.words.sounds import Reading, latin_readings, plain_letters, readings_by

_PINYIN_WORD = re.compile(
    r"(?:(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?(?:i?ang?|i?ong|uang?|[iu]?eng?|ing?|u?ai|i?ao|i[eu]|u[aino]|ue|ei|ou|[aeiou]))+"
)
_PINYIN = r"""
    zh J
    z J
    ch C
    c C
    q C
    sh X
    x X
    j J
    (?<=[jqxy])ian(?!g) eN/iaN
    ian(?!g) yeN/iaN
    yan(?!g) yeN
    (?<=[jqx])i(?=[ae]) ~/i
    (?<=[jqxy])u(?=[aen]|$) wi/u
    (?<=[zcsr])i(?![aeioun]) eu/i
    (?<=[zcs]h)i(?![aeioun]) eu/i
    ong uQ/oQ
    ui uei
    iu yu/iu
    ng(?![aeiou]) Q
    n N
    r R
    l L
    b B
    p P
    m M
    f F
    d D
    t T
    g G
    k K
    s S
    [aeiouyhw] =
"""
"""How the letters of pinyin sound, in the manner of `index.words.sounds`."""

_KOREAN_WORD = re.compile(
    r"(?:(?:kk|pp|tt|ss|jj|ch|sh|[bpmdtnlrgkhjsyw])?(?:y?eo|y?ae|eu|[yw]?oo|y?ou|ee|oi|o?e|wi|ui|ah|oh|[yw]?[aeiou]|ya)"
    r"(?:ng|rk|[kgnlmpbt])?(?![aeiouyw]))+?"
)
_KOREAN = r"""
    ^[lr](?=[iy]|ee) ~/L
    ark(?=$) aK
    (?<=[oae])h(?=$) ~
    ch C/J
    sh S
    kk G
    k G/K
    g G
    tt D
    t D/T
    d D
    pp B
    p B/P
    b B
    jj J
    j J
    ss S
    s S
    ng(?![aeiouyw]) Q
    n N
    m M
    l L
    r R
    [aeiouyhw] =
"""
"""How the letters of Korean names sound; a first L is not heard before i."""


@lru_cache(maxsize=65536)
def name_readings(word: str) -> tuple[Reading, ...]:
    """Return the ways in which a part of a name may sound; none where it is long or a letter alone."""
    plain = plain_letters(word).lower()
    found = latin_readings(plain)
    for shape, rules in ((_PINYIN_WORD, _PINYIN), (_KOREAN_WORD, _KOREAN)):
        if found and shape.fullmatch(plain):
            found += readings_by(rules, plain)
    return tuple(dict.fromkeys(found))
