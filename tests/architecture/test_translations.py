"""Every sentence of pages and forms speaks English, and no template speaks without gettext."""

import re
from pathlib import Path

from scripts import translations

TEMPLATES = Path(__file__).parents[2] / "templates"
HAN = re.compile(r"[\u4e00-\u9fff]")
SPOKEN = re.compile(r"{#.*?#}|{{.*?}}|{%.*?%}", re.DOTALL)


def test_english_is_whole_and_up_to_date():
    template = translations.extracted()
    assert translations.missing(translations.english(template)) == []
    assert translations.po("en").read_bytes() == translations.text(translations.english(template))


def test_traditional_chinese_is_up_to_date():
    fresh = translations.traditional(translations.extracted())
    assert translations.po("zh_Hant").read_bytes() == translations.text(fresh)


def test_no_template_has_chinese_outside_gettext():
    guilty = [
        f"{path.relative_to(TEMPLATES)}: {found.group(0)}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for found in [HAN.search(SPOKEN.sub("", path.read_text(encoding="utf-8")))]
        if found
    ]
    assert guilty == []
