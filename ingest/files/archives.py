"""Opens ZIP archives, and office documents, which are archives of XML, after checking that they are no bombs."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath

from knowledge.errors import UnreadableFile

LARGEST = 200_000_000  # bytes, of all members unpacked
MOST_MEMBERS = 2_000
RATIO = 100  # times the archive's own size; office documents reach 20
HARMLESS = 1_000_000  # bytes unpacked, up to which no ratio matters
OFFICE = {
    b"xl/workbook.": ("an Excel workbook", ".xlsx"),
    b"word/document.": ("a Word document", ".docx"),
    b"ppt/presentation.": ("a presentation", ".pptx"),
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # begins the older Office formats, and newer ones with a password
# What libraries raise over a damaged or forged file; the XML errors are SyntaxErrors.
BROKEN: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    SyntaxError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
)

_PACKED_WITH_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1  # flags of a member
_DEFINES = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_CORE = "docProps/core.xml"
_MODIFIED = re.compile(rb"<(?:\w+:)?modified\b[^>]{0,100}>\s*([^<]{4,40}?)\s*</")
# What python-docx and python-pptx begin with: of programs that say no day.
_OF_TEMPLATES = ("2013-12-23T23:15:00Z", "2013-01-27T09:15:58Z")
_XML_ENCODING = re.compile(rb"""^<\?xml[^>]{0,100}?encoding\s*=\s*["']([^"'>]{1,40})["']""")
_SAFE_ENCODINGS = frozenset((b"utf-8", b"utf-16", b"us-ascii", b"iso-8859-1", b"windows-1252"))  # show "<!" as itself


class Archive:
    """A ZIP archive whose members may be read."""

    def __init__(self, file: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo]) -> None:
        self._file, self._names = file, names

    @property
    def names(self) -> Sequence[str]:
        """The members, in their order, folders left out."""
        return list(self._names)

    def read(self, name: str) -> bytes:
        """One member. Raises UnreadableFile when it cannot be unpacked."""
        member = self._names[name]
        if member.flag_bits & _ENCRYPTED:
            raise UnreadableFile("encrypted", "It needs a password. Pack it again without one.")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnreadableFile(
                "unsupported", "It is packed by a method that is not read. Pack it again as plain ZIP."
            )
        try:
            return self._file.read(member)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise UnreadableFile("damaged", "It cannot be unpacked: it is cut off or damaged.") from error


def opened(data: bytes) -> Archive:
    """Open an archive. Raises UnreadableFile when it is damaged, would unpack to too much, or points outside itself."""
    try:
        file = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN as error:
        told = "It is cut off or damaged. Copy it anew, or open it in its program and save it again."
        raise UnreadableFile("damaged", told) from error
    members = file.infolist()
    if len(members) > MOST_MEMBERS:
        raise UnreadableFile(
            "too-large", f"It holds {len(members):,} files; the limit is {MOST_MEMBERS:,}. Unpack it, or split it."
        )
    # A size that is declared too small makes reading stop there and the check sum fail, so the sum holds.
    unpacked = sum(member.file_size for member in members)
    if unpacked > LARGEST:
        raise UnreadableFile(
            "too-large",
            f"It unpacks to {unpacked / 1e6:,.0f} MB; the limit is {LARGEST // 10**6} MB. Unpack it, or split it.",
        )
    if unpacked > HARMLESS and unpacked > RATIO * len(data):
        raise UnreadableFile(
            "too-large",
            f"It unpacks to {unpacked / len(data):,.0f} times its size, as only archives do that are made to do harm. "
            "If it is not one, unpack it, or save the document anew.",
        )
    names: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        name = _name(member)
        if _escapes(name):
            raise UnreadableFile("damaged", f"A file in it is called {name!r}, which points outside the archive.")
        if not name:
            raise UnreadableFile("damaged", "A file in it has no name. Pack it anew.")
        if not member.is_dir():
            names[name] = member
    return Archive(file, names)


def office(data: bytes, wanted: str) -> Archive:
    """Open an office document; `wanted` is its ending, for the message. None of its XML defines anything of its own."""
    if data.startswith(OLE):
        if _PACKED_WITH_PASSWORD in data:
            raise UnreadableFile("encrypted", f"It needs a password. Save it as {wanted} without one.")
        raise UnreadableFile(
            "not-this-format", f"It is named {wanted} but is in the format of Office before 2007. Save it as {wanted}."
        )
    archive = opened(data)
    if "[Content_Types].xml" not in archive.names:
        raise UnreadableFile("not-this-format", mistaken(data, wanted))
    for name in archive.names:
        check_xml(name, archive.read(name))
    return archive


def saved(archive: Archive) -> str | None:
    """When an office document was last saved, by its core properties."""
    found = _MODIFIED.search(archive.read(_CORE)) if _CORE in archive.names else None
    when = found[1].decode("ascii", "replace") if found else None
    return None if when in _OF_TEMPLATES else when


def mistaken(data: bytes, named: str) -> str:
    """What to do about an archive or office document that is named as something else."""
    if data.startswith(OLE):
        return f"It is named {named} but is of Office before 2007, or has a password. Open it, and save it as {named}."
    for part, (what, ending) in OFFICE.items():
        if part in data and ending != named:  # members' names are not packed
            return f"It is named {named} but is {what}; rename it to {ending}, or save it as {named}."
    if b"[Content_Types].xml" in data:
        return f"It is named {named} but is another office document. Open it, and save it as {named}."
    return f"It is named {named} but is a ZIP archive; rename it to .zip."


@contextmanager
def mending(program: str, data: bytes, named: str, *mistaking: str) -> Iterator[None]:
    """Says what a library raises over an office document: that it is damaged, or, by `mistaking`, named wrongly."""
    try:
        yield
    except BROKEN as error:
        if _lacks_memory(error):
            raise MemoryError from error
        if any(words in str(error) for words in mistaking):
            raise UnreadableFile("not-this-format", mistaken(data, named)) from error
        told = f"{program} would have to mend it: its parts do not fit together."
        raise UnreadableFile("damaged", told) from error


def _lacks_memory(error: Exception) -> bool:
    """Whether the XML parser gave up for want of memory, which it says as if the XML were wrong, or not at all."""
    return isinstance(error, SyntaxError) and ("unknown error" in str(error) or "memory" in str(error).lower())


def _name(member: zipfile.ZipInfo) -> str:
    """The member's name; without a flag it is in the encoding of the machine that packed it, in Japan cp932."""
    name = member.filename
    if member.flag_bits & _UTF8_NAME or name.isascii():
        return name
    raw = name.encode("cp437")  # as zipfile decoded it
    for encoding in ("utf-8", "cp932"):
        try:
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return name


def _escapes(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name) is not None


def check_xml(name: str, data: bytes) -> None:
    """Refuse XML that defines entities, however it is encoded; other members pass."""
    for mark in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        data = data.removeprefix(mark)
    beginning = data[:200].replace(b"\0", b"").lstrip()
    if not beginning.startswith(b"<"):
        if name.endswith((".xml", ".rels")) and beginning:
            raise UnreadableFile("damaged", f"Its part {name} is not XML. Save the document anew.")
        return
    encoding = _XML_ENCODING.match(beginning)
    if encoding and encoding.group(1).lower() not in _SAFE_ENCODINGS:
        raise UnreadableFile("damaged", f"Its part {name} is in an encoding that no office program writes.")
    plain = data.replace(b"\0", b"") if b"\0" in data[:200] else data
    if _DEFINES.search(plain):
        raise UnreadableFile(
            "damaged",
            f"Its part {name} defines entities, as only documents do that are made to do harm. Save the document anew.",
        )
