"""Makes small archives and office documents, whole and hostile."""

import io
import zipfile


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    """An archive of {name: bytes or text}."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return held.getvalue()


def repacked(data, **changed):
    """A document with one part changed by a function from text to text; parts are named by their stem."""
    members = {}
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        for name in file.namelist():
            content = file.read(name)
            for stem, change in changed.items():
                if name.endswith(f"/{stem}.xml"):
                    content = change(content.decode()).encode()
            members[name] = content
    return zipped(members)


def old_office(with_password):
    """What begins an OLE file."""
    inside = "EncryptedPackage" if with_password else "WordDocument"
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + inside.encode("utf-16-le") + b"\0" * 96
