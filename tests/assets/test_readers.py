"""Real files: every row is an asset, part of one, or refused with a reason."""

import csv
import io
import zipfile

import pytest

from marketplace.assets import regions
from marketplace.assets.importing import command
from marketplace.core.errors import Refused
from marketplace.core.words import knows

TABLES = (
    "cn_patents/register_bci.csv", "cn_patents/titles_ipc.csv", "cn_patents/references_oncology.csv",
    "cn_patents/abstracts.csv", "nasa/licensing_portfolio.csv", "en_patents/patents_2244.csv",
    "parallel/zh_en_193.csv", "trademarks/cn_trademarks_3.csv", "trademarks/us_trademark_assignments.csv",
)  # fmt: skip
FOLDERS = ("uspto_xml", "epo_ops", "trademarks")


def fate(outcome) -> int:
    """Rows that have an end."""
    return outcome.created + outcome.merged + outcome.unchanged + len(outcome.rejected)


@pytest.mark.parametrize("name", TABLES)
def test_no_row_of_a_real_table_is_lost(real_data, name):
    outcome = command.read_file(real_data / name)
    assert outcome.rows > 0
    assert fate(outcome) == outcome.rows
    assert [r for r in outcome.rejected if not knows("refusals", r.code)] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_real_document_is_read_or_refused_with_a_reason(real_data, folder):
    files = [
        path
        for path in sorted((real_data / folder).rglob("*"))
        if path.suffix.lower() in {".xml", ".json"}
    ]
    silent = []
    for path in files:
        try:
            outcome = command.read_file(path)
        except Refused as refusal:
            if not knows("refusals", refusal.code):
                silent.append((path.name, refusal.code))
        else:
            if fate(outcome) != outcome.rows or not (outcome.assets or outcome.rejected):
                silent.append((path.name, outcome.rows))
    assert files
    assert silent == []


def test_every_application_of_the_register_is_one_asset_with_its_place(real_data):
    outcome = command.read_file(real_data / "cn_patents/register_bci.csv")
    numbers = [asset.application_number for asset in outcome.assets]
    assert len(numbers) == len(set(numbers)) == 347
    with (real_data / "cn_patents/register_bci.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    placeless = [a for a in outcome.assets if not (a.province and a.city)]
    addresses = {rows[a.source_rows[0] - 1]["applicant_address"][:2] for a in placeless}
    # seven international applications have no address; the others are abroad
    assert addresses == {"", "丹麦", "加拿", "德国", "新加", "澳大", "美国", "英国", "葡萄"}
    assert sum(a.application_number.startswith("PCT/") for a in placeless) == 7
    assert len(placeless) == 26


def test_the_two_publications_of_an_application_are_one_asset():
    text = (
        "申请号,公开号,名称,申请人\n"
        "CN201810866852.7,CN109077895A,一种训练系统,甲\n"
        "CN201810866852.7,CN109077895B,一种训练系统,乙\n"
    )
    outcome = command.read_file(io.BytesIO(text.encode()))
    [asset] = outcome.assets
    assert asset.publication_numbers == ("CN109077895A", "CN109077895B")
    assert (outcome.rows, outcome.created, outcome.merged) == (2, 1, 1)


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_the_encoding_of_a_table_is_found_out(encoding):
    text = "专利名称,申请号\n一种测试装置及其方法,CN202011068945.9\n一种检测方法,CN202010988506.3\n"
    outcome = command.read_file(io.BytesIO(text.encode(encoding)))
    assert [a.title for a in outcome.assets] == ["一种测试装置及其方法", "一种检测方法"]


def bomb() -> bytes:
    """A spreadsheet that would unpack to far more than it weighs."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", "<workbook/>")
        book.writestr("xl/worksheets/sheet1.xml", b"0" * 400_000_000)
    return out.getvalue()


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cc">]><us-patent-grant>&b;</us-patent-grant>'
)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02\x03" * 50, b"<html><body>x</body></html>", ENTITIES, bomb()],
    ids=["empty", "binary", "page", "entities", "bomb"],
)
def test_what_is_no_portfolio_is_refused_with_a_reason(content):
    with pytest.raises(Refused) as refusal:
        command.read_file(io.BytesIO(content))
    assert knows("refusals", refusal.value.code)


def test_a_place_is_told_from_an_address():
    found = regions.locate("广东省深圳市南山区西丽大学城", None)
    assert (found.province, found.city) == ("广东省", "深圳市")


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("Tianhe District, Guangzhou, Guangdong, China", ("广东省", "广州市")),
        ("No. 1 Beijing Road, Guangzhou, Guangdong, China", ("广东省", "广州市")),
        ("Yulin, Shaanxi, P.R.China", ("陕西省", "榆林市")),
        ("Yulin, China", (None, None)),
        ("Changchun, Jilin, CN", ("吉林省", "长春市")),
        ("Jilin Province, China", ("吉林省", None)),
        ("Xi'an, China", ("陕西省", "西安市")),
        ("Hong Kong", ("香港特别行政区", "香港特别行政区")),
        ("Suzhou Street, Berlin, Germany", (None, None)),
    ],
)
def test_english_addresses_are_read_from_their_end(address, place):
    assert regions.locate(address) == place
