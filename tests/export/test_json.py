from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from search.export.json import json_text

TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from("<>&'\"\\\x00\x1b\x7f\x9b\u2028\u202e\u2066\ud800"))


@given(st.dictionaries(TEXTS, TEXTS | st.integers() | st.lists(TEXTS)))
def test_json_says_what_it_was_given_and_holds_no_markup_and_no_control_character(body: dict[str, object]) -> None:
    for ascii_only in (False, True):
        written = json_text(body, ascii_only)
        assert json.loads(written) == body
        assert not re.search("[<\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", written)
        assert ascii_only <= written.isascii()
        assert written.encode()


def test_korean_stays_readable() -> None:
    assert json_text({"text": "확산 모델 R&D"}) == '{"text":"확산 모델 R&D"}'
