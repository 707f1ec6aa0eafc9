"""Errors of workbook cells, which the reading library gives as blank or as 0, are texts."""

import io
import zipfile

import pytest

from gosales_lib.sales_log import books

SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in {
        "office": "office", "table": "table", "text": "text",
        "calcext": "calc", "manifest": "manifest",
    }.items()
)  # fmt: skip


def zipped(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return buffer.getvalue()


def opendocument(rows):
    head = '<table:table-row><table:table-cell office:value-type="string"><text:p>GP</text:p>'
    other = f'<table:table table:name="A">{rows}</table:table>'
    table = f'<table:table table:name="S">{head}</table:table-cell></table:table-row>{rows}'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
    return zipped(
        {
            "mimetype": kind,
            "content.xml": f"<office:document-content {SPACES}><office:body><office:spreadsheet>"
            f"{other}{table}</table:table>"
            "</office:spreadsheet></office:body></office:document-content>",
            "META-INF/manifest.xml": f"<manifest:manifest {SPACES}>{entry}</manifest:manifest>",
        }
    )


def cell(content, kind="float", value="7", error=False, repeated=1):
    flag = 'calcext:value-type="error" table:formula="of:=[.A1]/0"' if error else ""
    given = f'office:value="{value}"' if kind == "float" else 'office:string-value=""'
    return (
        f'<table:table-cell table:number-columns-repeated="{repeated}" {flag} '
        f'office:value-type="{kind}" {given}><text:p>{content}</text:p></table:table-cell>'
    )


@pytest.mark.parametrize("kind", ["float", "string"])
def test_an_error_of_an_opendocument_sheet_is_a_text(kind):
    rows = f"<table:table-row>{cell('7', repeated=2)}{cell('8', value='8')}</table:table-row>"
    error = cell("#DIV/0!", kind, "0", error=True)
    rows += f'<table:table-row table:number-rows-repeated="2">{cell("7", repeated=2)}{error}'
    read = books.cells(opendocument(f"{rows}</table:table-row>"), "S")
    assert read[1:] == [[7, 7, 8], [7, 7, "#DIV/0!"], [7, 7, "#DIV/0!"]]
