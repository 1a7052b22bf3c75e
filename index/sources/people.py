"""Names of people as forms write them -> names as they are said; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from index.sources.aliases import letters, values_of
from index.sources.values import clean_text, names, one_line, unique

_AND = re.compile(r"\s+(?:and|AND)\s+|\s+&\s+")
_OTHERS = re.compile(
    r"(?:,|\s)*\b(?:et\.? ?al\.?|and others|and \d+ (?:more|others)|외(?:\s*\d+명)?|等)\s*$", re.IGNORECASE
)
_MARKS = re.compile(r"[\s*\\†‡§¶¹²³⁴⁵⁶⁷⁸⁹]+$|\s*[(（](?:equal|共同|通讯|corresponding)[^()（）]*[)）]|\s*等$")
_ONE_PERSON = re.compile(r"[^\s,]+,\s*(?:[^\W\d_]\.?[\s-]?){1,4}")
"""`Family, M. J.`, which no list of names looks like."""
_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV)\.?", re.IGNORECASE)


def authors_of(record: Mapping[str, object]) -> tuple[str, ...]:
    """Return the authors of a record, given name first, each once."""
    for value in values_of(record, "authors"):
        if found := unique(_MARKS.sub("", one_line(name)) for name in _people(value)):
            return found
    return ()


def _people(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from people_of(value)
    elif isinstance(value, Mapping):
        yield _named(value)
    elif isinstance(value, list | tuple):
        for one in value:
            if isinstance(one, str):
                yield said(one)
            elif isinstance(one, Mapping):
                yield _named(one)
            elif isinstance(one, list | tuple):
                yield _parts(*(str(part) for part in (*one[1:2], *one[:1], *one[2:3])))


def people_of(text: str) -> Iterator[str]:
    """Yield the names of a text, whichever of `;`, `and` and `,` stands between them."""
    text = _OTHERS.sub("", clean_text(text).strip())
    if text.startswith("["):
        yield from names(text)
    elif ";" in text or "；" in text:
        yield from (said(part) for part in re.split("[;；、]", text))
    elif len(parts := _AND.split(text)) > 1 and all(part.count(",") <= 1 for part in parts) and "," in parts[0]:
        if all("," in part for part in parts):
            yield from (said(part) for part in parts)
        else:
            yield from names(", ".join(parts))
    elif _ONE_PERSON.fullmatch(text):
        yield said(text)
    else:
        yield from names(", ".join(part.strip(" ,") for part in parts).replace("、", ",").replace("，", ","))


def said(name: str) -> str:
    """Return `Family, Given, Suffix` or `Family, Suffix, Given` as it is said; any other name as it stands."""
    parts = [part.strip() for part in name.split(",")]
    if len(parts) == 2 and all(parts):
        return _parts(parts[1], parts[0])
    if len(parts) == 3 and all(parts):
        given, suffix = (parts[2], parts[1]) if _SUFFIX.fullmatch(parts[1]) else (parts[1], parts[2])
        return _parts(given, parts[0], suffix)
    return name.strip(" ,")


def _parts(*parts: str) -> str:
    return " ".join(part.strip() for part in parts if part.strip())


def _named(person: Mapping[str, object]) -> str:
    """Return the name of an object of any form: one name, or its parts."""
    inner = person.get("author")
    if isinstance(inner, Mapping):
        return _named(inner)
    by = {letters(str(key)): str(value) for key, value in person.items() if isinstance(value, str)}
    family = next((by[key] for key in ("family", "lastname", "last", "surname", "familyname") if key in by), "")
    given = next((by[key] for key in ("given", "firstname", "first", "givenname", "forename") if key in by), "")
    if by.get("creatortype", "author") not in ("author", "", "bookAuthor", "presenter", "contributor", "director"):
        return ""
    if family or given:
        particle = by.get("nondroppingparticle", "") or by.get("droppingparticle", "")
        return _parts(given, particle, family, by.get("suffix", ""))
    return said(
        next((by[key] for key in ("name", "displayname", "literal", "fullname", "rawauthorname") if key in by), "")
    )
