import pytest

from marketplace.core import words
from marketplace.core.errors import Invalid
from marketplace.documents import sniff
from marketplace.documents.sniff import Kind
from tests.documents import samples

XML = b"<?xml version='1.0'?><case><number>1</number></case>"


@pytest.fixture
def look(tmp_path):
    def look(content, filename, **options):
        path = tmp_path / "upload"
        path.write_bytes(content)
        return sniff.inspect(path, filename, **options)

    return look


@pytest.mark.parametrize(
    ("content", "filename", "kind"),
    [
        (samples.pdf(), "登记簿副本.pdf", Kind.PDF),
        (samples.pdf(stream=samples.object_stream(b"4 0 <</Type/Annot>>")), "a.PDF", Kind.PDF),
        (samples.png(), "scan.png", Kind.PNG),
        (samples.jpeg(), "scan.jpeg", Kind.JPEG),
        (samples.docx(), "合同.docx", Kind.DOCX),
        (samples.xlsx(), "资产清单.xlsx", Kind.XLSX),
        (
            samples.docx(word___rels__document_dot_rels=samples.external("hyperlink")),
            "a.docx",
            Kind.DOCX,
        ),
        ("名称,专利号\n电池,ZL2020".encode(), "清单.csv", Kind.CSV),
        ("名称,专利号\n电池,ZL2020".encode("gb18030"), "清单.csv", Kind.CSV),
        ("名称,专利号\n电池,ZL2020".encode("utf-16"), "清单.csv", Kind.CSV),
        (b":20:STARTUMSE\r\n:25:1/2\r\n-\x1b", "bank.sta", Kind.TXT),
        (b"a <b>bold</b> claim", "note.txt", Kind.TXT),
        (XML, "grant.xml", Kind.XML),
        (b"<!DOCTYPE case SYSTEM 'case.dtd' [ ]><case/>", "grant.xml", Kind.XML),
        ("<?xml version='1.0' encoding='gb18030'?><专利/>".encode("gb18030"), "a.xml", Kind.XML),
    ],
)
def test_what_is_accepted(look, content, filename, kind):
    found = look(content, filename)
    assert (found.kind, found.media_type) == (kind, sniff.MEDIA_TYPES[kind])


@pytest.mark.parametrize(
    ("content", "filename", "code"),
    [
        (b"", "a.pdf", "document.empty"),
        (samples.png(), "a.pdf", "document.name_mismatch"),
        (samples.pdf()[:-40], "a.pdf", "document.damaged"),
        (samples.pdf(b"/Names<</JavaScript 4 0 R>>"), "a.pdf", "document.active_content"),
        (samples.pdf(b"/OpenAction<</S/J#61vaScript/JS(x)>>"), "a.pdf", "document.active_content"),
        (samples.pdf(b"/OpenAction<</S/Launch/F(cmd)>>"), "a.pdf", "document.active_content"),
        (samples.pdf(b"/AcroForm<</XFA 4 0 R>>"), "a.pdf", "document.active_content"),
        (
            samples.pdf(stream=samples.object_stream(b"5 0 <</S/JavaScript/JS(x)>>")),
            "a.pdf",
            "document.active_content",
        ),
        (samples.pdf(stream=samples.object_stream(b"0" * (40 << 20))), "a.pdf", "document.bomb"),
        (samples.pdf(b"/Encrypt 9 0 R"), "a.pdf", "document.locked"),
        (samples.png()[:-6], "a.png", "document.damaged"),
        (samples.png(60_000, 60_000), "a.png", "document.picture_too_large"),
        (samples.png(0, 2), "a.png", "document.damaged"),
        (samples.jpeg(30_000, 10), "a.jpg", "document.picture_too_large"),
        (samples.jpeg()[:22], "a.jpg", "document.damaged"),
        (samples.archive(a="x"), "a.zip", "document.archive"),
        (samples.archive(a="x"), "a.docx", "document.archive"),
        (samples.docx(word__vbaProject_dot_bin=b"x"), "a.docx", "document.active_content"),
        (samples.docx(word__embeddings__o_dot_bin=b"x"), "a.docx", "document.active_content"),
        (
            samples.docx(word___rels__s_dot_rels=samples.external("attachedTemplate")),
            "a.docx",
            "document.active_content",
        ),
        (
            samples.xlsx(xl__sheet_dot_xml="<!DOCTYPE a [<!ENTITY x 'y'>]>"),
            "a.xlsx",
            "document.entities",
        ),
        (samples.xlsx(xl__sheet_dot_xml=" " * (40 << 20)), "a.xlsx", "document.bomb"),
        (samples.xlsx()[:-30], "a.xlsx", "document.damaged"),
        (samples.docx(), "a.xlsx", "document.name_mismatch"),
        (sniff.OLE + b"\0" * 600, "a.xls", "document.old_office"),
        (b"<!DOCTYPE html><p>hi", "a.html", "document.web_page"),
        (b"\xef\xbb\xbf \n<html>", "a.txt", "document.web_page"),
        (b"<!-- x --><svg onload='x'/>", "a.png", "document.web_page"),
        (
            b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
            "a.xml",
            "document.web_page",
        ),
        ("<?xml version='1.0'?><html/>".encode("utf-16"), "a.xml", "document.web_page"),
        (b"<?xml version='1.0'?><a>", "a.xml", "document.damaged"),
        (
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            "a.xml",
            "document.entities",
        ),
        (b"<?xml version='1.0'?>" + b"<a>" * 300 + b"</a>" * 300, "a.xml", "document.bomb"),
        (b"\x7fELF" + b"\0" * 60, "a.pdf", "document.kind_unknown"),
        (b"MZ" + b"\0" * 60, "setup.exe", "document.kind_unknown"),
        (b"text with \0 nothing", "a.txt", "document.kind_unknown"),
    ],
)
def test_what_is_refused_and_why(look, content, filename, code):
    with pytest.raises(Invalid) as refusal:
        look(content, filename)
    assert refusal.value.code == code
    for locale in ("zh_Hans", "zh_Hant", "en"):
        sentence = words.say("refusals", code, locale, **refusal.value.facts)
        assert sentence != code
        assert "%" not in sentence


def test_a_place_may_accept_fewer_kinds(look):
    with pytest.raises(Invalid) as refusal:
        look(samples.docx(), "a.docx", allowed=sniff.PAPERS)
    assert (refusal.value.code, refusal.value.facts["allowed"]) == (
        "document.kind_not_allowed",
        "PDF, PNG, JPEG",
    )


@pytest.mark.parametrize(
    ("filename", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\合同（终稿）.pdf", "合同（终稿）.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ('a<b>"c"|d?.pdf', "a_b__c__d_.pdf"),
        ("  ..  ", "document"),
        (".htaccess", "htaccess"),
        ("line\r\nbreak.pdf", "linebreak.pdf"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_names_are_cleaned(filename, clean):
    assert sniff.clean_name(filename) == clean


def test_a_name_without_an_extension_gets_the_true_one(look):
    assert look(samples.pdf(), "副本").filename == "副本.pdf"


ENTRY = "<?xml version='1.0'?><ofd:OFD xmlns:ofd='http://www.ofdspec.org/2016' Version='1.1'/>"
INVOICE = {
    "OFD.xml": ENTRY,
    "Doc_0/Document.xml": "<a/>",
    "Doc_0/Signs/Sign_0/SignedValue.dat": "x",
}


def test_an_invoice_of_the_tax_office_is_accepted_where_it_is_named(look):
    allowed = {Kind.PDF, Kind.OFD}
    found = look(samples.archive(**INVOICE), "电子发票.ofd", allowed=allowed)
    assert (found.kind, found.media_type) == (Kind.OFD, "application/ofd")
    with pytest.raises(Invalid) as caught:
        look(samples.archive(**INVOICE), "电子发票.ofd")
    assert caught.value.code == "document.kind_not_allowed"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"Doc_0/run.js": "x"}, "document.active_content"),
        ({"Doc_0/Attachs/setup.exe": "x"}, "document.active_content"),
        ({"../Document.xml": "<a/>"}, "document.damaged"),
        ({"Doc_0/Pages.xml": "<!DOCTYPE a [<!ENTITY x 'y'>]>"}, "document.entities"),
        ({"OFD.xml": "<a/>"}, "document.damaged"),
        ({"OFD.xml": "no markup"}, "document.damaged"),
    ],
)
def test_an_ofd_that_is_something_else_as_well_is_refused(look, parts, code):
    with pytest.raises(Invalid) as caught:
        look(samples.archive(**INVOICE | parts), "a.ofd", allowed={Kind.OFD})
    assert caught.value.code == code
