"""The pictures of the page that the documentation shows."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page

from scripts.bench.servers import served
from tests.support.browser import WAIT_MS, chromium, settle
from tests.support.paths import REPOSITORY

FOLDER = REPOSITORY / "docs"
MOST_BYTES = 300_000
KOREAN = "새로운 과제를 배우면 예전 것을 잊는 문제"
REQUEST = "Nils Reimers가 2021년 4월에 쓴 검색 논문, 번역 말고"
ENGLISH = "let a language model call a calculator or a search engine"
FORGETTING = "1612.00796"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: what the address asks for, the reader's language and colours, and the screen in pixels."""

    name: str
    path: str
    korean: bool = True
    dark: bool = False
    width: int = 1200
    height: int = 780
    scale: float = 1.5
    of_the_map: bool = False


PICTURES = (
    Picture("home", "", korean=False, height=640),
    Picture("paper", f"?paper={FORGETTING}", height=1000),
    Picture("search", f"?q={quote(KOREAN)}"),
    Picture("request", f"?q={quote(REQUEST)}", height=560),
    Picture("search-dark", f"?q={quote(ENGLISH)}", korean=False, dark=True),
    Picture("similar", f"?q={quote(KOREAN)}&like={FORGETTING}", height=900),
    Picture("map", f"?q={quote('로봇 팔로 물건을 집는 학습')}&view=map", scale=1, of_the_map=True),
    Picture("phone", f"?q={quote(KOREAN)}", width=390, height=780),
    Picture("phone-dark", f"?like={FORGETTING}", korean=False, dark=True, width=390, height=780),
)


def take(browser: Browser, picture: Picture, url: str) -> Path:
    """Take one picture and return its file; a picture that is too large for a README is an error."""
    context = browser.new_context(
        locale="ko-KR" if picture.korean else "en-US",
        color_scheme="dark" if picture.dark else "light",
        viewport={"width": picture.width, "height": picture.height},
        device_scale_factor=picture.scale,
    )
    context.set_default_timeout(WAIT_MS)
    page: Page = context.new_page()
    page.goto(f"{url}/{picture.path}")
    settle(page)
    page.wait_for_timeout(500)
    file = FOLDER / f"{picture.name}.png"
    page.screenshot(path=file, animations="disabled", caret="hide")
    context.close()
    if file.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{file}: {file.stat().st_size:,} bytes; make the picture smaller than {MOST_BYTES:,}")
    return file


def main(examples: str, mapped: str) -> None:
    """Take every picture; `mapped` is the store whose map is shown."""
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser, served(Path(examples)) as (url, _), served(Path(mapped)) as (map_url, _):
        for picture in PICTURES:
            file = take(browser, picture, map_url if picture.of_the_map else url)
            print(f"{file.relative_to(REPOSITORY)}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
