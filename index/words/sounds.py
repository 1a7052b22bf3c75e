"""How words sound, so that Hangul finds the Latin word that it spells: 딥시크 DeepSeek, 지피티 GPT.

A word is read as consonants, with a slot before, between and after them that holds vowels or nothing. Two words
can sound alike only where their consonants are of the same classes, one by one; then every pair of consonants and
every pair of slots has a cost. Latin spelling leaves open how it sounds, and so has several readings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

MOST_READINGS = 16
LONGEST = 24

_ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_CODAS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
CODAS = len(_CODAS)
_HEARD_CODAS = {"": "", "ㄱ": "ᆨ", "ㄴ": "ᆫ", "ㄹ": "ᆯ", "ㅁ": "ᆷ", "ㅂ": "ᆸ", "ㅅ": "ᆺ", "ㅇ": "ᆼ"}
"""The only letters that close a syllable of a borrowed word."""
_NATIVE_VOWEL = "ㅢ"

CLASSES = {
    sound: name
    for name, sounds in {
        "P": "ㅂㅃㅍᆸPBFV",
        "T": "ㄷㄸㅌᆺTDH",
        "K": "ㄱㄲㅋᆨKG",
        "S": "ㅅㅆㅈㅉㅊSZJCX",
        "M": "ㅁᆷM",
        "N": "ㄴᆫᆼNQ",
        "L": "ㄹᆯLR",
    }.items()
    for sound in sounds
}


_NAMES = """
    a 에이 b 비 c 씨 d 디 e 이 f 에프 g 지 h 에이치 i 아이 j 제이 k 케이 l 엘 m 엠 n 엔 o 오 p 피 q 큐 r 알 s 에스 t 티
    u 유 v 브이 w 더블유 x 엑스 y 와이 z 제트 0 제로 1 원 2 투 3 쓰리 4 포 5 파이브 6 식스 7 세븐 8 에잇 9 나인
"""
"""How letters and digits are called."""

_GRAPHEMES = r"""
    ^kn N
    ^gn N
    ^wr R
    ^ps S
    ^x S
    ^gh G
    (?<=[aeiou])gh(?=t|$) ~/F
    (?<=[aeiou])gh ~/G
    tch C
    dg(?=[eiy]) J
    (?<=s)tion CㅕN
    tion XㅕN
    ssion XㅕN
    sion JㅕN/XㅕN
    t(?=i(?:al|ent|ous)) X
    ss?(?=ure) X/J
    c(?=i(?:al|an|ous|ent)) X
    t(?=u(?:re|al)) C/T
    s(?=ual) J/S
    sch SK/X
    sh X
    sc(?=[eiy]) S
    cc(?=[eiy]) KS
    ch(?=es?$) X/C
    ch C/K
    ck K
    c(?=[eiy]) S/C
    c+ K
    qu Kw/K
    q Kyu/C
    ph F
    th S/H
    tz C/TS
    ts$ C/TS/T
    ts TS/C
    zz C/Z
    zh J
    wh wh
    rh R
    kh K
    ngs?(?=$) Q
    ng(?=[eiy]) Q/NJ/QG
    ng(?=[aoulrw]) QG/Q
    ng Q
    n+(?=[kgx]) Q/N
    n+ N
    gu(?=[eia]) G/Gw
    gn(?=$|[ms]) N
    gg+ G/J
    g(?=e$) J
    g(?=[eiy]) J/G
    g+ G
    x KS
    m(?:b|n)(?=$) M
    (?<=a)l(?=[kfm]) ~/L
    l+ L
    rr?(?=es?$) r/R
    rr?(?=[aeiouy]) R
    rr? r/R
    s+(?=s) ~
    (?<=[bdgklmnpr])s$ S/~
    s S
    z Z
    j J
    k+ K
    p+ P
    b+ B
    f+ F
    v+ V
    t+ T
    d+ D
    m+ M
    (?<=[^aeiou])a(?=[bcdklmnptvz]e$) ay
    [aeiouyhw] =
"""
"""How letters sound, the first that fit: consonants in capitals, vowels as they are written, `=` for themselves."""

_OPENED = re.compile(r"(?<=[CJX])(?=[A-Z]|$)")
_SPELLED = re.compile(r"(?=.*[A-Z].|.*\d)(?=.*[A-Za-z])[A-Za-z\d]{2,6}|[b-df-hj-np-tv-xz]{2,5}")
"""Words that may be said letter by letter: a capital or digit before their end, or no vowel in them."""
_LETTERS_FIRST = re.compile(r"(?P<letters>[A-Z]{1,4}|[a-z](?=[A-Z]))(?P<rest>[A-Z]\w*[a-z]\w*)")
_LETTERS_LAST = re.compile(r"(?P<rest>[A-Z]?[a-z]+)(?P<letters>[A-Z\d]{2,4})")
"""Words of which a part is said letter by letter: QLoRA, ChatGPT."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A word as it sounds: its consonants, and what is heard before, between and after them."""

    consonants: str
    slots: tuple[str, ...]

    @property
    def skeleton(self) -> str:
        """The classes of the consonants, after a dot where a vowel comes first."""
        return "." * bool(self.slots[0]) + "".join(map(CLASSES.__getitem__, self.consonants))


def jamo(syllable: str) -> tuple[str, str, str]:
    """Return the initial consonant, the vowel and the final consonant, or nothing, of a Hangul syllable."""
    row, coda = divmod(ord(syllable) - ord("가"), CODAS)
    onset, vowel = divmod(row, len(VOWELS))
    return _ONSETS[onset], VOWELS[vowel], _CODAS[coda].strip()


def hangul_reading(word: str) -> Reading | None:
    """Return how a word of Hangul syllables sounds, or None where it is not written as borrowed words are."""
    parts = [jamo(syllable) for syllable in word]
    if any(vowel == _NATIVE_VOWEL or coda not in _HEARD_CODAS for _, vowel, coda in parts):
        return None
    return _reading("".join(map(_heard, parts)))


def _heard(parts: tuple[str, str, str]) -> str:
    onset, vowel, coda = parts
    return onset.replace("ㅇ", "") + vowel + _HEARD_CODAS[coda]


def latin_readings(word: str) -> list[Reading]:
    """Return the ways in which a Latin word may sound, as it is spelled and letter by letter; none where it is long."""
    plain = plain_letters(word)
    if not 1 < len(plain) <= LONGEST:
        return []
    said = list(_pronounced(plain.lower()))
    if _SPELLED.fullmatch(plain):
        said.append(_named(plain.lower()))
    for parts in filter(None, (_LETTERS_FIRST.fullmatch(plain), _LETTERS_LAST.fullmatch(plain))):
        named, rest = parts["letters"].lower(), parts["rest"].lower()
        ends = (
            _named(named) + one if parts.start("letters") == 0 else one + _named(named) for one in _pronounced(rest)
        )
        said += ends
    return list(dict.fromkeys(map(_reading, said[:MOST_READINGS])))


def plain_letters(word: str) -> str:
    """Return the letters and digits of a Latin word without their marks."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if c.isascii() and c.isalnum())


def readings_by(table: str, word: str) -> list[Reading]:
    """Return the ways in which a word in small letters sounds by a table of rules, the likeliest first."""
    return list(map(_reading, _pronounced(word, table)))


@lru_cache(maxsize=4)
def _scanner(table: str) -> tuple[re.Pattern[str], list[list[str]]]:
    rules = [line.split() for line in table.strip().splitlines()]
    return re.compile("|".join(f"({pattern})" for pattern, _ in rules)), [said.split("/") for _, said in rules]


def _pronounced(word: str, table: str = _GRAPHEMES) -> Iterator[str]:
    """Yield the sounds of a word in small letters, the likeliest first; nothing where it has digits."""
    scanner, readings = _scanner(table)
    options: list[list[str]] = []
    place = 0
    while place < len(word):
        match = scanner.match(word, place)
        if match is None:
            return
        said = readings[(match.lastindex or 0) - 1]
        options.append([match[0]] if said == ["="] else said)
        place = match.end()
    for some in islice(product(*options), MOST_READINGS):
        yield _OPENED.sub("j", "".join(some).replace("~", ""))


def _named(letters: str) -> str:
    """Return the sounds of the names of letters and digits."""
    return "".join(_heard(jamo(syllable)) for letter in letters for syllable in _CALLED[letter])


def _reading(sounds: str) -> Reading:
    consonants, slots = "", [""]
    for sound in sounds:
        if sound not in CLASSES:
            slots[-1] += sound
        elif consonants and not slots[-1] and _merge(consonants[-1], sound):
            consonants = consonants[:-1] + ("ᆯ" if sound == "ㄹ" else sound)
        else:
            consonants += sound
            slots.append("")
    return Reading(consonants, tuple(slots))


def _merge(first: str, second: str) -> bool:
    """Tell whether two consonants that meet may be heard as one: 해킹 is also written 핵킹."""
    group = CLASSES[first]
    return group == CLASSES[second] and (group in "PTKLM" or first + second in ("ᆫㄴ", "NN"))


_CALLED = dict(zip(_NAMES.split()[::2], _NAMES.split()[1::2], strict=True))
