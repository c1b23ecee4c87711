"""What in a file could do something when it is opened."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from typing import TYPE_CHECKING, Any

import pypdf
import tinyhtml5
from defusedxml import ElementTree
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

HARMLESS = re.compile(r"(#|https?://|report\.|cid:|mailto:minyi|data:image/(?:png|svg\+xml|jpeg);)")
ADDRESSES = frozenset(
    {"href", "src", "srcset", "action", "formaction", "background", "poster", "data", "ping", "srcdoc"}
)
# Elements whose number follows from how long a text is, or whether it is an address; those of a drawing do nothing.
FLOWING = frozenset({"a", "span", "text", "tspan", "g", "circle", "path", "line", "rect", "polyline"})


class Nodes:
    """The elements of a page as a browser reads it: how many there are of each, and what attributes they have."""

    def __init__(self, page: str) -> None:
        tree = tinyhtml5.parse(page, namespace_html_elements=False)
        elements = [
            (_local(one.tag), {_local(key): value for key, value in one.attrib.items()})
            for one in tree.iter()
            if isinstance(one.tag, str)
        ]
        self.counts = Counter(tag for tag, _ in elements)
        self.attributes = {(tag, name) for tag, given in elements for name in given}
        self.addresses = [value for _, given in elements for name, value in given.items() if name in ADDRESSES]

    def live(self, mark: str) -> list[str]:
        """Elements, attributes and addresses out of the web that hold the mark, and handlers."""
        named = [*self.counts, *(name for _, name in self.attributes)]
        handlers = [name for _, name in self.attributes if name.startswith("on")]
        leading = [address for address in self.harmful if mark in address]
        return [name for name in named if mark in name] + handlers + leading

    @property
    def harmful(self) -> list[str]:
        """Addresses that lead elsewhere than to the web, this page or its twin."""
        return [address for address in self.addresses if not HARMLESS.match(address)]

    def beside(self, clean: Nodes) -> list[str]:
        """What there is more of than in the same page with harmless texts."""
        more = [
            f"{tag}: {n}, not {clean.counts[tag]}"
            for tag, n in self.counts.items()
            if tag not in FLOWING and n != clean.counts[tag]
        ]
        return more + sorted(f"{tag}[{name}]" for tag, name in self.attributes - clean.attributes) + self.harmful


def rendered(markdown: str) -> str:
    """Markdown as a page, by a program that lets HTML through."""
    body = markdown.split("\n---\n", 1)[-1]
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(body))


def office_parts(content: bytes) -> Iterator[tuple[str, Any]]:
    """Every XML part of an Office file; entities and document types are refused."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            assert not name.startswith(("/", "..")), name
            if name.endswith((".xml", ".rels")):
                yield name, ElementTree.fromstring(parts.read(name), forbid_dtd=True)


def office_nodes(content: bytes) -> tuple[set[str], list[str]]:
    """Names of all elements of an Office file, and the addresses outside it that it refers to."""
    names, outside = set(), []
    for _, tree in office_parts(content):
        for one in tree.iter():
            names.add(one.tag)
            if one.get("TargetMode") == "External":
                outside.append(one.get("Target"))
    return {_local(name) for name in names}, outside


def formulas(content: bytes) -> list[str]:
    """Cells of a workbook that are formulas, and links and connections it has."""
    telling = {"f", "hyperlink", "ddeLink", "oleLink", "connection", "externalReference"}
    return [
        f"{name}: {tag}"
        for name, tree in office_parts(content)
        if "/charts/" not in name  # a chart names the cells it shows
        for one in tree.iter()
        if (tag := _local(one.tag)) in telling
    ]


def paper_powers(content: bytes) -> list[str]:
    """What a PDF could do: scripts, launches, attachments, forms, links elsewhere than to the web."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    names, found = reader.root_object.get("/Names", {}), []
    found += [key for key in ("/OpenAction", "/AA", "/AcroForm") if key in reader.root_object]
    found += [key for key in ("/EmbeddedFiles", "/JavaScript") if key in names]
    for page in reader.pages:
        for reference in page.get("/Annots") or []:
            action = reference.get_object().get("/A", {})
            address = str(action.get("/URI", ""))
            if action.get("/S", "/URI") not in {"/URI", "/GoTo"} or not (not address or HARMLESS.match(address)):
                found.append(str(action))
    return found


def _local(name: Any) -> str:
    return str(name).rpartition("}")[2]
