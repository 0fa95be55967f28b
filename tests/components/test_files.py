from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.components.files import LONGEST_NAME, plain_name, said_name
from connectors.components.http import Response


def said(header: str) -> str:
    return said_name(Response(200, (("content-disposition", header),)))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("", ""),
        ("inline", ""),
        ("attachment; filename=offer.pdf", "offer.pdf"),
        ('attachment; FileName="a \\"b\\".pdf"', 'a "b".pdf'),
        ("attachment; filename*=UTF-8''R%C3%BCckruf%20%E2%82%AC.pdf", "Rückruf €.pdf"),
        ("attachment; filename=plain.pdf; filename*=UTF-8''sch%C3%B6n.pdf", "schön.pdf"),
        ("attachment; filename*=", ""),
        (";;;===", ""),
    ],
)
def test_the_name_that_a_vendor_says(header: str, name: str):
    assert said(header) == name


def test_without_the_header_there_is_no_name():
    assert said_name(Response(200)) == ""


@given(st.text(alphabet="afilenm*='\"%;\\ ?0129=-UTF8ü", max_size=60))
def test_no_header_is_too_broken(rest: str):
    assert isinstance(said(f"attachment; filename{rest}"), str)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("offer 7.pdf", "offer 7.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\x.pdf", "x.pdf"),
        (".bashrc", "bashrc"),
        ("...", "file.pdf"),
        ("", "file.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("fdp.\u202egpj.exe", "fdp.gpj.exe"),
        ("CON", "CON_"),
        ("com1.pdf", "com1_.pdf"),
        ("a:b?.pdf", "ab.pdf"),
        ("x" * 500 + ".pdf", "x" * (LONGEST_NAME - 4) + ".pdf"),
    ],
)
def test_a_name_is_made_harmless(name: str, plain: str):
    assert plain_name(name, "application/pdf") == plain


@given(st.text())
def test_every_name_is_one_plain_file_in_a_folder(name: str):
    plain = plain_name(name, "")
    assert plain
    assert len(plain.encode()) <= LONGEST_NAME
    assert not plain.startswith((".", " "))
    assert not set(plain) & set('/\\:*?"<>|')
    assert plain.isprintable()
    assert plain_name(plain, "") == plain
