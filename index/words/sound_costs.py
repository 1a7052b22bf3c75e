"""What it costs to write a Latin sound in Hangul so: consonant by consonant, and vowels piece by piece."""

from __future__ import annotations

from functools import lru_cache

from index.words.sounds import CLASSES, VOWELS, Reading

_NEVER = 9.0

_CONSONANTS = """
    ㄱ G0 K4   ㄲ K2 G3   ㅋ K0 G6   ᆨ K0 G1
    ㄷ D0 H1 T4   ㄸ T3 D3   ㅌ T0 H1 D5   ᆺ T0 H1 D4
    ㅂ B0 V0 P5 F9   ㅃ P3 B3   ㅍ P0 F0 B6 V5   ᆸ P0 B0 V5 F5
    ㅅ S0 X0 C5 Z5 J9   ㅆ S0 X2 Z6   ㅈ J0 Z0 S2 X5 C4   ㅉ Z3 J3 C3   ㅊ C0 X6 S7 J5 Z6
    ㅁ M0   ᆷ M0   ㄴ N0 Q4   ᆫ N0 Q3   ᆼ Q0 N3   ㄹ R0 L1   ᆯ L0 R3
"""
"""What it costs, in tenths, to write a Latin sound (C as in chat, X as in shop, Q as in song) so."""

_SLOTS = """
    ㅏ  a ah aa ar | al o au | u e ay | i
    ㅐ  a ae | e ai | ea i
    ㅑ  ya ia yah yar | a yu | yo
    ㅓ  e u er or ur ir ou our ear eo uh eur | o a ar oo | i re io ea ai | ia ie iou
    ㅔ  e ae a ai | ea ei ay ey eh ie | i oe
    ㅕ  ya ye yo yu yeo io ia eo ea iou | yeu ie ier ior i e u a o |
    ㅖ  ye | ie e |
    ㅗ  o oa ore ow oh oe or ore oar ough eau aw oor | ou au al a oo our | u |
    ㅘ  wa ua oa | wo oi |
    ㅙ  wa we | wai ue |
    ㅚ  oi oe | we o |
    ㅛ  yo io | eo o |
    ㅜ  u oo ou w ew ue ui ough wo oe | o eu uo | |
    ㅝ  wo wa we wor war wer uo | one ua owa owe | ue ui |
    ㅞ  we ue wai wea wei | wa ui | u wi |
    ㅟ  j wi ui wee wea wy we whi uy | wie u yu | ui i | ue
    ㅠ  u yu you ew eu ue iu yoo yew iew eau | ui ieu | oo |
    ㅡ  j eu | e | u i o | a
    ㅣ  j i e ee ea y ie ey ei yi ii eer ear | a ae eo ui ai | u ia ay | o
    ㅣㅣ | ㅣ
    ㅓㅜ ou owe |
    ㅏㅣ i y ie igh ai ei eye ey uy ye ay ii | ui oi | |
    ㅏㅜ ou ow au aw ao | ough | |
    ㅔㅣ a ai ay ea ei ey eigh aigh ae ee aye | | e | i
    ㅗㅣ oi oy | |
    ㅗㅜ o ow oa ou | |
    ㅗㅓ or ore oor ar our oar | a |
    ㅜㅓ ure oor our ur uer ower | |
    ㅠㅓ ure uer ewer | |
    ㅣㅓ ear eer ere ier ier ia ea ie er ir | i |
    ㅔㅓ air are ear ere eir aer | |
    ㅏㅣㅓ ire iar ier yer yre ia | |
    ㅡㅟ wi we wee | wy
    ㅡㅞ we wai |
    ㅡㅘ wa |
    ㅡㅝ wo wa wor |
    ㅏㅓ ar | our | |
"""
"""Latin spellings of vowels: those usual, and those that cost a little, more, and much."""

_STEPS = (0.0, 0.12, 0.3, 0.6)
_UNSAID = {"j": 0.0, "r": 0.2, "e": 0.05, "h": 0.2, "u": 0.3, "w": 0.4, "y": 0.5, "a": 0.6, "i": 0.6, "o": 0.6}
_ADDED = {"ㅡ": 0.3, "ㅣ": 0.35, "ㅟ": 0.4, "ㅎ": 0.7}
_ALIKE = "ㅎh0 ㅓㅕ0 ㅟㅣ1 ㅔㅐ1 ㅓㅗ3 ㅜㅡ3"
"""Vowels that are heard for each other, and the cost in tenths."""


def distance(hangul: Reading, latin: Reading) -> float:
    """Return what it costs to write a Latin word so; both readings have the same skeleton."""
    cost = sum(_SOUND_COSTS.get(pair, _NEVER) for pair in zip(hangul.consonants, latin.consonants, strict=True))
    return cost + sum(map(slot_cost, hangul.slots, latin.slots))


def slot_cost(hangul: str, latin: str) -> float:
    """Return what it costs to write Latin vowels as Korean ones; a cluster of consonants takes ㅡ for nothing."""
    return 0.0 if hangul == "ㅡ" and not latin else _pairing_cost(hangul, latin)


@lru_cache(maxsize=65536)
def _pairing_cost(hangul: str, latin: str) -> float:
    """Return the cost of the cheapest way to pair vowels, piece by piece."""
    if not hangul and not latin:
        return 0.0
    options = [_NEVER]
    if latin:
        options.append(_UNSAID.get(latin[0], 1.0) + _pairing_cost(hangul, latin[1:]))
    if hangul:
        options.append(_ADDED.get(hangul[0], 1.0) + _pairing_cost(hangul[1:], latin))
    if hangul and latin and (same := _VOWEL_COSTS.get(frozenset((hangul[0], latin[0])))) is not None:
        options.append(same + _pairing_cost(hangul[1:], latin[1:]))
    for size in range(1, len(hangul) + 1):
        for spelling, cost in _SLOT_COSTS.get(hangul[:size], ()):
            if latin.startswith(spelling):
                options.append(cost + _pairing_cost(hangul[size:], latin[len(spelling) :]))
    return min(options)


def _sound_costs() -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    korean = ""
    for item in _CONSONANTS.split():
        if len(item) == 1:
            korean = item
        else:
            found[korean, item[0]] = int(item[1]) / 10
    spelled = {(one, one): 0.0 for one in CLASSES}
    return spelled | found


def _slot_costs() -> dict[str, list[tuple[str, float]]]:
    rows = (line.split(None, 1) for line in _SLOTS.strip().splitlines())
    return {
        vowels: [
            (spelling, cost)
            for group, cost in zip(options.split("|"), _STEPS, strict=False)
            for spelling in group.split()
        ]
        for vowels, options in rows
    }


_SOUND_COSTS = _sound_costs()
_VOWEL_COSTS = {frozenset(vowel): 0.0 for vowel in VOWELS} | {frozenset(p[:2]): int(p[2]) / 10 for p in _ALIKE.split()}
_SLOT_COSTS = _slot_costs()
