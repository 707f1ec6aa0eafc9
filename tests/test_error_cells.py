"""Errors of workbook cells, which the reading library gives as blank or as 0, are texts."""

import io
import struct
import zipfile

import pytest

from gosales_lib.sales_log import books, error_cells

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


def record(kind, content):
    """Return a record of .xlsb: its kind in one or two bytes, its length, its content."""
    return kind.to_bytes(2 if kind > 0xFF else 1, "little") + bytes([len(content)]) + content


def test_an_error_of_a_binary_workbook():
    wide = [struct.pack("<I", len(text)) + text.encode("utf-16-le") for text in ("rId1", "Søld")]
    row = record(0x00, struct.pack("<I", 4) + bytes(8))
    flag = record(0x0A, struct.pack("<II", 1, 0) + b"\x01")
    error = record(0x03, struct.pack("<II", 2, 0) + b"\x17")
    formula = record(0x0B, struct.pack("<II", 3, 0) + b"\x07" + bytes(6))
    link = '<Relationships><Relationship Id="rId1" Target="worksheets/s.bin"/></Relationships>'
    data = zipped(
        {
            "xl/workbook.bin": record(0x019C, bytes(8) + b"".join(wide)),
            "xl/_rels/workbook.bin.rels": link,
            "xl/worksheets/s.bin": row + flag + error + formula,
        }
    )
    assert error_cells.of(data, "Søld") == [(4, 2, "#REF!"), (4, 3, "#DIV/0!")]
    assert error_cells.of(data, "Other") == []


def compound(stream):
    """Return a compound file with one table of sectors, one directory, and a workbook's stream."""
    stream += bytes(-len(stream) % 512)
    sectors = len(stream) // 512
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    name = "Workbook\0".encode("utf-16-le")
    entry = name.ljust(64, b"\0") + struct.pack("<H", len(name)) + bytes(50)
    entry += struct.pack("<IQ", 2, len(stream))
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6)
    )
    head += bytes(6) + struct.pack("<III", 0, 1, 1) + struct.pack("<III", 0, 4096, 0xFFFFFFFE)
    head += struct.pack("<III", 0, 0xFFFFFFFE, 0) + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    table += [0xFFFFFFFF] * (128 - len(table))
    return head + struct.pack("<128I", *table) + entry.ljust(512, b"\0") + stream


def test_an_error_of_an_old_workbook():
    def part(kind, content=b""):
        return struct.pack("<HH", kind, len(content)) + content

    error = part(0x205, struct.pack("<HHHBB", 3, 1, 0, 0x2A, 1))
    truth = part(0x205, struct.pack("<HHHBB", 3, 2, 0, 1, 0))
    result = b"\x02\0\x17\0\0\0\xff\xff"
    formula = part(0x06, struct.pack("<HHH", 4, 5, 0) + result + bytes(8))
    chart = part(0x809, bytes(16)) + part(0x0A)
    sheet = part(0x809, bytes(16)) + error + chart + truth + formula + part(0x0A)
    begin = part(0x809, bytes(16))
    name = "Søld".encode("utf-16-le")
    start = len(begin) + 4 + 8 + len(name) + 4
    bundle = part(0x85, struct.pack("<IHBB", start, 0, 4, 1) + name)
    data = compound((begin + bundle + part(0x0A) + sheet).ljust(4096, b"\0") + error)
    assert error_cells.of(data, "Søld") == [(3, 1, "#N/A"), (4, 5, "#REF!")]
    assert error_cells.of(data, "Other") == []


def test_a_workbook_that_is_cut_off_is_refused():
    with pytest.raises(ValueError, match="error cells cannot be told from blank ones"):
        error_cells.of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "S")
