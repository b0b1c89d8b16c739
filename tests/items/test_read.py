"""Every format, and every bad input of docs/input.md, ends in Items or in one InputError."""

from __future__ import annotations

import codecs
import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcluster.errors import InputError
from localcluster.items import EMPTY_TEXT, Items, read_items

SUFFIXES = [".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".txt"]
# Python writes lone surrogates to no file; NUL makes a file binary (tested below).
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
IN_FOLDER = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read(tmp_path: Path, name: str, content: str | bytes, **options) -> Items:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_items(str(path), **options)


@pytest.fixture
def refused(tmp_path):
    """The message of the InputError that a file's content raises."""

    def message(name: str, content: str | bytes, **options) -> str:
        with pytest.raises(InputError) as caught:
            read(tmp_path, name, content, **options)
        return str(caught.value)

    return message


# Formats ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "id,text\n007,good\n008,bad\n"),
        ("a.csv", "id;text\r\n007;good\r\n008;bad"),
        ("A.CSV", "id,text\r007,good\r008,bad\r"),
        ("a.tsv", "id\ttext\n007\tgood\n008\tbad\n"),
        ("a.jsonl", '{"id": "007", "text": "good"}\n{"id": "008", "text": "bad"}\n'),
        ("a.ndjson", '{"id": "007", "text": "good"}\r\n{"id": "008", "text": "bad"}'),
        ("a.json", '[{"id": "007", "text": "good"},\n {"id": "008", "text": "bad"}]'),
        ("a.json", '{"id": "007", "text": "good"}\n{"id": "008", "text": "bad"}'),
    ],
)
def test_tables_keep_ids_with_leading_zeros(tmp_path, name, content):
    items = read(tmp_path, name, content)
    assert items.texts == ("good", "bad")
    assert items.ids == ("007", "008")
    assert items.table.rows() == [("007", "good"), ("008", "bad")]
    assert items.source == name


def test_parquet_keeps_types(tmp_path):
    table = pl.DataFrame({"n": [1, 2], "body": ["good", None], "tags": [["a"], []]})
    table.write_parquet(tmp_path / "a.parquet")
    items = read_items(str(tmp_path / "a.parquet"))
    assert items.table.equals(table)
    assert items.texts == ("good", EMPTY_TEXT)


def test_txt_has_one_row_a_line(tmp_path):
    items = read(tmp_path, "a.txt", "one, two\r\n\r\nthree\x0cfour\n\n")
    assert items.table["text"].to_list() == ["one, two", "", "three\x0cfour"]
    assert items.ids == ("1", "2", "3")


@pytest.mark.parametrize(
    ("piped", "options", "texts"),
    [
        ('\n {"note": "a"}\n{"note": "b"}', {}, ("a", "b")),
        ("note,x\na,1\nb,2\n", {"text_column": "note"}, ("a", "b")),
        ("key,text\n7,a\n8,b\n", {"id_column": "key"}, ("a", "b")),
        ("[info] a\nb,c\n", {}, ("[info] a", "b,c")),
        # That names no column.
        ("a\nb\n", {"image_column": "none"}, ("a", "b")),
    ],
)
def test_stdin_is_json_lines_or_named_csv_or_lines(piped, options, texts):
    items = read_items("-", stdin=io.BytesIO(piped.encode()), **options)
    assert items.texts == texts
    assert items.source == "stdin"


@pytest.mark.parametrize(
    ("piped", "texts"),
    [
        ("text,body\r\nx,a\r\ny,b\r\n", ("a", "b")),
        ("\nbody\na\nb\n", ("a", "b")),
        ('x;"body"\n1;a, b\n2;c\n', ("a, b", "c")),
        ("x\tbody\n1\ta\n2\tb\n", ("a", "b")),
        # No header with that column: lines, as ever.
        ("body and soul,1\nb\n", ("body and soul,1", "b")),
        ("text,message\nx,a\n", ("text,message", "x,a")),
        ('"body\nof a text', ('"body', "of a text")),
    ],
)
def test_stdin_is_csv_where_its_first_line_names_a_known_text_column(piped, texts):
    items = read_items("-", stdin=io.BytesIO(piped.encode()), known_text_columns=["body"])
    assert items.texts == texts
    as_csv = 'Standard input was read as CSV: its first line names the column "body".' in items.notes
    assert as_csv == (items.text_columns == ("body",))


def test_known_columns_are_read_as_far_as_the_table_has_them(tmp_path):
    known = {"known_text_columns": ["subject", "body"]}
    both = read(tmp_path, "a.csv", "text,body,subject\nx,one,1\ny,two,2\n", **known)
    assert both.texts == ("1\none", "2\ntwo")
    one = read(tmp_path, "a.csv", "text,body\nx,one\ny,two\n", **known)
    assert one.texts == ("one", "two")
    assert 'a.csv has no column "subject", which was read before: the text is "body" alone.' in one.notes
    none = read(tmp_path, "a.csv", "text,x\na,1\nb,2\n", **known)
    assert none.texts == ("a", "b")
    assert none.notes == ()
    piped = read_items("-", stdin=io.BytesIO(b"subject;body\n1;one\n2;two\n"), **known)
    assert piped.texts == ("1\none", "2\ntwo")


def test_values_of_json_are_carried_as_written(tmp_path):
    line = (
        '{"text": "a", "price": 1.10, "big": 12345678901234567890123, "on": true, "tags": [1.0, {"x": "é"}]}'
    )
    items = read(tmp_path, "a.jsonl", line + '\n{"text": "b", "late": "only here"}')
    assert items.table.row(0) == ("a", "1.10", "12345678901234567890123", "true", '[1.0, {"x": "é"}]', None)
    assert items.table.row(1) == ("b", None, None, None, None, "only here")


@IN_FOLDER
@given(st.lists(TEXT, min_size=1, max_size=8))
def test_csv_gives_every_text_back(tmp_path, texts):
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["n", "text"], *([str(i), t] for i, t in enumerate(texts))])
    try:
        items = read(tmp_path, "a.csv", out.getvalue())
    except InputError as error:
        assert "rows of column" in str(error)  # all of them empty
    else:
        assert items.table["text"].to_list() == texts


@IN_FOLDER
@given(st.lists(TEXT | st.none(), min_size=1, max_size=8), st.booleans())
def test_json_lines_give_every_text_back(tmp_path, texts, ascii_only):
    content = "\n".join(json.dumps({"text": t}, ensure_ascii=ascii_only) for t in texts)
    try:
        items = read(tmp_path, "a.jsonl", content)
    except InputError as error:
        assert "rows of column" in str(error)
    else:
        assert items.table["text"].to_list() == texts


@IN_FOLDER
@given(
    st.sampled_from(SUFFIXES),
    st.binary(max_size=60)
    | TEXT.map(str.encode)
    | st.binary(max_size=40).map(lambda b: b"PAR1" + b + b"PAR1")
    | st.text('{}[]":,;\t\n\r a1\\ud8\ufeff', max_size=60).map(str.encode),
)
def test_any_bytes_give_items_or_an_input_error(tmp_path, suffix, content):
    try:
        items = read(tmp_path, "a" + suffix, content)
    except InputError as error:
        assert str(error)
    else:
        assert len(items.texts) == len(items.ids) == items.table.height > 0
        assert [items.unique[i] for i in items.inverse] == list(items.texts)


# Bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_empty_file(refused, suffix):
    message = refused("a" + suffix, b"")
    assert "empty" in message or "no rows" in message or "0 bytes" in message


def test_only_line_ends(refused):
    assert "empty" in refused("a.csv", "\n\n\r\n")
    assert "empty" in refused("a.txt", "\n\n")


def test_header_only(refused):
    assert "a.csv has a header (id, text) but no rows" in refused("a.csv", "id,text\n")


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        read_items(str(tmp_path / "absent.csv"))
    with pytest.raises(InputError, match="is a folder"):
        read_items(str(tmp_path))
    with pytest.raises(InputError, match="cannot be read"):
        read_items(str(tmp_path / ("x" * 300 + ".csv")))
    with pytest.raises(InputError, match="cannot be read"):
        read_items("a\0b.csv")


def test_unknown_ending(refused):
    message = refused("notes.docx", "a")
    assert '".docx"' in message
    assert "localcluster run - < notes.docx" in message


def test_empty_and_missing_texts_are_kept_and_noted(tmp_path):
    items = read(
        tmp_path, "a.jsonl", '{"text": "a"}\n{"text": ""}\n{"text": null}\n{"text": " \\u200b\\n"}\n{}'
    )
    assert items.texts == ("a", *[EMPTY_TEXT] * 4)
    assert items.empty.tolist() == [False, True, True, True, True]
    assert items.table["text"].to_list() == ["a", "", None, " \u200b\n", None]
    assert items.notes == (
        '4 empty rows (2 without a value): kept, shown as "(empty)", and put in the nearest cluster with '
        "confidence 0.",
    )


def test_all_empty(refused):
    assert 'all 2 rows of column "text" are empty' in refused("a.csv", "text,x\n,1\n,2\n")


def test_blank_line_inside_a_csv_is_an_empty_row(tmp_path):
    items = read(tmp_path, "a.csv", "\ntext,x\na,1\n\nb,2\n\n\n")
    assert items.table.rows() == [("a", "1"), ("", ""), ("b", "2")]


def test_duplicates_are_computed_once(tmp_path):
    items = read(tmp_path, "a.txt", "b\na\nb\nb\n")
    assert items.unique == ("b", "a")
    assert items.inverse.tolist() == [0, 1, 0, 0]
    assert items.counts.tolist() == [3, 1]
    assert items.notes[0].startswith("2 rows with the text of an earlier row")


def test_a_text_of_a_megabyte_is_kept_whole(tmp_path):
    long = "word " * 200_000
    items = read(tmp_path, "a.csv", f"text\n{long}\nshort\n")
    assert items.table["text"][0] == items.texts[0] == long
    assert "longest 1,000,000" in items.notes[0]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".json", ".txt"])
def test_binary_file(refused, suffix):
    assert "byte 3 of 6 is NUL" in refused("a" + suffix, b"abc\0de")


def test_known_foreign_formats_say_what_to_do(refused):
    assert "Excel" in refused("a.csv", b"PK\x03\x04rest")
    assert "gunzip" in refused("a.jsonl", b"\x1f\x8brest")
    assert ".parquet" in refused("a.csv", b"PAR1rest")


def test_damaged_parquet(refused, tmp_path):
    assert "not a whole Parquet file" in refused("a.parquet", "text\na\n")
    pl.DataFrame({"text": ["a", "b"] * 50}).write_parquet(tmp_path / "b.parquet")
    whole = (tmp_path / "b.parquet").read_bytes()
    assert "not a whole Parquet file" in refused("b.parquet", whole[:-9])
    assert "damaged" in refused("b.parquet", whole[:40] + whole[-8:])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(tmp_path, encoding):
    items = read(tmp_path, "a.csv", "text\nschön\nübel\n".encode(encoding))
    assert items.text_columns == ("text",)
    assert items.texts == ("schön", "übel")


def test_wrong_encoding_names_the_byte_and_the_command(refused):
    message = refused("my notes.csv", "text\nschön\n".encode("cp1252"))
    assert "byte 8 of 11 is 0xf6" in message
    assert "iconv -f WINDOWS-1252 -t UTF-8 'my notes.csv' > 'utf8-my notes.csv'" in message
    assert "byte 11 of" in refused("a.csv", codecs.BOM_UTF8 + "text\nschön\n".encode("cp1252"))
    with pytest.raises(InputError, match=r"\| iconv -f WINDOWS-1252"):
        read_items("-", stdin=io.BytesIO(b"sch\xf6n"))


def test_utf16_without_mark_or_cut_off(refused):
    assert "iconv -f UTF-16LE" in refused("a.csv", "text\na\n".encode("utf-16-le"))
    assert "breaks off" in refused("a.csv", "text\na\n".encode("utf-16")[:-1])


def test_a_row_longer_than_the_header_is_an_error_with_its_line(refused):
    message = refused("a.csv", 'id,text\n1,"two\nlines"\n2,a,b\n')
    assert "row 2 (ending in line 4): 3 fields, but the header has 2" in message


def test_a_row_shorter_than_the_header_is_filled_and_noted(tmp_path):
    items = read(tmp_path, "a.csv", "text,x,y\na,1,2\nb\nc,,,\n")
    assert items.table.rows() == [("a", "1", "2"), ("b", "", ""), ("c", "", "")]
    assert items.notes[0].startswith("1 row with fewer fields than the header's 3 (first: row 2)")


@pytest.mark.parametrize("field", ['"open', '"x"y'])
def test_broken_quotes(refused, field):
    assert "line 3: broken quotes" in refused("a.csv", f"text\na\n{field}\n")


def test_quoted_newlines_and_quotes(tmp_path):
    items = read(tmp_path, "a.csv", 'text,x\n"two\nlines, ""so""",1\r\nplain 5" screen,2\n')
    assert items.texts == ('two\nlines, "so"', 'plain 5" screen')


def test_repeated_column_names_are_numbered(tmp_path):
    items = read(tmp_path, "a.csv", "text,text,text_2\na,b,c\nd,e,f\n")
    assert items.table.columns == ["text", "text_3", "text_2"]
    assert items.texts == ("a", "d")
    assert '"text" is repeated' in items.notes[0]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('{"text": "a"', "not valid JSON"),
        ('"a"', "a string, not an object"),
        ("[1]", "an array, not an object"),
        ("null", "null, not an object"),
        ('{"text": "a", "text": "b"}', "the key 'text' occurs twice"),
        ('{"text": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_malformed_json_line_is_named(refused, line, what):
    message = refused("a.jsonl", f'{{"text": "a"}}\n\n{line}\n')
    assert "a.jsonl, line 3" in message
    assert what in message


def test_blank_lines_between_json_lines_are_noted(tmp_path):
    items = read(tmp_path, "a.jsonl", '{"text": "a"}\n\n \n{"text": "b"}\n\n')
    assert items.texts == ("a", "b")
    assert items.notes == ("2 blank lines between JSON lines: no rows.",)


def test_json_that_is_not_rows(refused):
    assert "element 2: a number, not an object" in refused("a.json", '[{"text": "a"}, 5]')
    assert "not valid JSON" in refused("a.json", '[{"text": "a"},]')
    assert "holds a string, not rows" in refused("a.json", '"a"')
    assert "no rows" in refused("a.json", "[]")


def test_json_text_that_is_no_string(refused, tmp_path):
    assert 'column "text" cannot be read as text (a.jsonl, line 2 holds an array there)' in refused(
        "a.jsonl", '{"text": "a"}\n{"text": ["b"]}\n', text_column="text"
    )
    assert "no column of plain text" in refused("a.jsonl", '{"text": {"de": "b"}}\n')
    assert read(tmp_path, "a.jsonl", '{"text": 1.50}\n{"text": false}').texts == ("1.50", "false")


@pytest.mark.slow
def test_parquet_text_that_is_no_string(tmp_path):
    pl.DataFrame({"n": [1, 2], "tags": [["a"], ["b"]]}).write_parquet(tmp_path / "a.parquet")
    path = str(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="it holds List"):
        read_items(path, text_column="tags")
    with pytest.raises(InputError, match="not ids"):
        read_items(path, text_column="n", id_column="tags")
    with pytest.raises(InputError, match="no column of plain text"):
        read_items(path)
    assert read_items(path, text_column="n").texts == ("1", "2")


def test_right_to_left_text_and_html_are_left_alone(tmp_path):
    texts = ("شكراً جزيلاً \u202bRTL\u202c", "<b>bold</b> &amp; <script>alert(1)</script>")
    assert read(tmp_path, "a.txt", "\n".join(texts)).texts == texts


def test_control_characters_reach_the_output_but_not_the_models(tmp_path):
    items = read(tmp_path, "a.jsonl", '{"text": "a\\u0000b\\u001b[0m\\tc\\r\\nd"}\n{"text": "\\ud800"}')
    assert items.table["text"][0] == "a\0b\x1b[0m\tc\r\nd"
    assert items.texts == ("a b [0m\tc\nd", "\ufffd")
    assert items.notes[0].startswith("1 text with control characters")
