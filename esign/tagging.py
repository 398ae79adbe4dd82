"""The structure tree of a tagged PDF: a place in it for the signature's widget (ISO 14289-1, 7.18.4)."""

from __future__ import annotations

from esign.errors import SigningError
from esign.revision import Document, Revision
from esign.syntax import (
    array,
    dictionary,
    is_reference,
    read_array,
    read_dictionary,
    read_reference,
    reference,
    text,
)


def tag_as_form(document: Document, revision: Revision, page: int, widget: int, label: str) -> int:
    """Append a Form element for ``widget`` to the document element; gives the widget's /StructParent.

    Raises:
        SigningError: the file has no structure tree, or one of another shape than the renderer's.
    """
    catalog = document.entries(document.root)
    if b"StructTreeRoot" not in catalog:
        raise SigningError("PDF tidak bertag; izin harus PDF/A-3a.")
    root_number = read_reference(catalog[b"StructTreeRoot"])
    root = document.entries(root_number)
    tops = _listed(root.get(b"K", b"[]"))
    if len(tops) != 1:
        raise SigningError("Pohon struktur PDF tidak seperti yang dihasilkan perender.")
    parent = read_reference(tops[0])
    element = revision.add(_form_element(parent, page, widget, label))
    top = document.entries(parent)
    top[b"K"] = array(*_listed(top.get(b"K", b"[]")), reference(element))
    revision.put(parent, dictionary(top))
    index = int(root.get(b"ParentTreeNextKey", b"0"))
    root[b"ParentTree"] = _grown_tree(document, root.get(b"ParentTree", b"<</Nums []>>"), index, element)
    root[b"ParentTreeNextKey"] = b"%d" % (index + 1)
    revision.put(root_number, dictionary(root))
    return index


def _form_element(parent: int, page: int, widget: int, label: str) -> bytes:
    target = {b"Type": b"/OBJR", b"Obj": reference(widget), b"Pg": reference(page)}
    element = {
        b"Type": b"/StructElem",
        b"S": b"/Form",
        b"P": reference(parent),
        b"Pg": reference(page),
        b"Alt": text(label),
        b"K": array(dictionary(target)),
    }
    return dictionary(element)


def _grown_tree(document: Document, raw: bytes, index: int, element: int) -> bytes:
    tree = read_dictionary(document.value(read_reference(raw)) if is_reference(raw) else raw)
    numbered = read_array(tree.get(b"Nums", b""))
    if b"Kids" in tree or any(int(key) >= index for key in numbered[::2]):
        raise SigningError("Nomor pohon struktur PDF tidak cocok.")
    tree[b"Nums"] = array(*numbered, b"%d" % index, reference(element))
    return dictionary(tree)


def _listed(raw: bytes) -> list[bytes]:
    return read_array(raw) if raw.startswith(b"[") else [raw]
