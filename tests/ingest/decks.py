"""Makes small presentations as PowerPoint writes them: shapes, layouts and a master, as plain XML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from archives_to_read import zipped

NAMES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
    ' xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
)
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
INCH = 914_400
LAYOUTS = ("title", "obj", "secHead", "blank")
MASTER = (
    '<p:txStyles><p:bodyStyle><a:lvl1pPr><a:buChar char="•"/></a:lvl1pPr><a:lvl2pPr><a:buChar char="–"/></a:lvl2pPr>'
    "</p:bodyStyle></p:txStyles>"
)


@dataclass(frozen=True)
class Slide:
    """Shapes as XML, and what surrounds them."""

    shapes: tuple[str, ...]
    layout: str = "obj"
    show: bool = True
    diagram: str = ""
    chart: str = ""
    related: tuple[tuple[str, str], ...] = ()  # other parts: their kinds and names


def slide(*shapes: str, **about: object) -> Slide:
    return Slide(shapes, **about)  # type: ignore[arg-type]


def paragraph(text: str, properties: str = "", look: str = "") -> str:
    runs = (f"<a:r><a:rPr {look}/><a:t>{escape(line)}</a:t></a:r>" for line in text.split("\n"))
    return f"<a:p><a:pPr {properties}</a:pPr>{'<a:br/>'.join(runs)}</a:p>".replace("<a:pPr </a:pPr>", "")


def shape(text: str | Iterable[str], placeholder: str = "", at: tuple[float, ...] | None = None, more: str = "") -> str:
    """A text box, or a placeholder where `placeholder` says its attributes; `at` is left, top, width, height."""
    told = [paragraph(line) for line in text.split("\n")] if isinstance(text, str) else text
    held = f"<p:ph {placeholder}/>" if placeholder else ""
    place = f"<a:xfrm>{_place(at)}</a:xfrm>" if at else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="a" {more}/><p:cNvSpPr/><p:nvPr>{held}</p:nvPr></p:nvSpPr>'
        f"<p:spPr>{place}</p:spPr><p:txBody><a:bodyPr/>{''.join(told)}</p:txBody></p:sp>"
    )


def title(text: str) -> str:
    return shape(text, 'type="title"', (1, 0.5, 8, 1))


def body(*lines: str) -> str:
    return shape("\n".join(lines), 'idx="1"')


def group(*shapes: str, at: tuple[float, ...] = (1, 3, 4, 2)) -> str:
    return f"<p:grpSp><p:nvGrpSpPr/><p:grpSpPr><a:xfrm>{_place(at)}</a:xfrm></p:grpSpPr>{''.join(shapes)}</p:grpSp>"


def table(*rows: Iterable[str], first_row: bool = True) -> str:
    """Cells are texts, or whole XML."""
    made = "".join(f"<a:tr>{''.join(map(_cell, row))}</a:tr>" for row in rows)
    held = f'<a:tbl><a:tblPr firstRow="{int(first_row)}"/>{made}</a:tbl>'
    return _frame(held)


def cell(text: str, attributes: str = "") -> str:
    return f"<a:tc {attributes}><a:txBody>{paragraph(text)}</a:txBody></a:tc>"


def smart_art() -> str:
    return _frame('<dgm:relIds r:dm="rId2"/>')


def chart_frame() -> str:
    return _frame('<c:chart r:id="rId2"/>')


def chart(*series: str, title: str | None = "", unit: str = "", kind: str = "barChart", below: str = "") -> str:
    """A chart's part; its title is that of its only series where it is empty, and there is none where it is None."""
    named = "" if title is None else f"<c:title>{_rich(title)}</c:title>"
    axes = f"<c:catAx><c:title>{_rich(below)}</c:title></c:catAx><c:valAx><c:title>{_rich(unit)}</c:title></c:valAx>"
    drawn = f"<c:plotArea><c:layout/><c:{kind}>{''.join(series)}</c:{kind}>{axes}</c:plotArea>"
    return f"<c:chartSpace {NAMES}><c:chart>{named}{drawn}</c:chart></c:chartSpace>"


def series(name: str, values: Iterable[object], categories: Iterable[str] = (), shown_as: str = "General") -> str:
    """A series as Office writes it: with the values that were drawn last."""
    told = f"<c:tx><c:strRef><c:strCache>{_cache([name])}</c:strCache></c:strRef></c:tx>" if name else ""
    below = _cache(categories)
    below = f"<c:cat><c:strRef><c:strCache>{below}</c:strCache></c:strRef></c:cat>" if below else ""
    numbers = f"<c:numCache><c:formatCode>{escape(shown_as)}</c:formatCode>{_cache(values)}</c:numCache>"
    return f"<c:ser>{told}{below}<c:val><c:numRef>{numbers}</c:numRef></c:val></c:ser>"


def _cache(values: Iterable[object]) -> str:
    pairs = enumerate(values)
    return "".join(f'<c:pt idx="{place}"><c:v>{value}</c:v></c:pt>' for place, value in pairs if value is not None)


def _rich(words: str) -> str:
    return f"<c:tx><c:rich>{paragraph(words)}</c:rich></c:tx>" if words else ""


def points(**below: Iterable[str]) -> str:
    """The data of a diagram: each name with what stands below it; `doc` is the root."""
    names = dict.fromkeys(name for names in below.values() for name in names)
    nodes = (f'<dgm:pt modelId="{name}"><dgm:t>{paragraph(name)}</dgm:t></dgm:pt>' for name in names)
    made = '<dgm:pt modelId="doc" type="doc"/>' + "".join(nodes)
    links = "".join(
        f'<dgm:cxn srcId="{above}" destId="{name}" srcOrd="{number}"/>'
        for above, names in below.items()
        for number, name in enumerate(names)
    )
    return f"<dgm:dataModel {NAMES}><dgm:ptLst>{made}</dgm:ptLst><dgm:cxnLst>{links}</dgm:cxnLst></dgm:dataModel>"


def deck(*slides: Slide, core: str = "", on_master: str = "", changed: dict[str, str | bytes] | None = None) -> bytes:
    """A presentation of these slides; `core` is the title in its properties."""
    main = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/ppt/presentation.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": _related(("officeDocument", "ppt/presentation.xml"), ("core-properties", "docProps/core.xml")),
        "docProps/core.xml": '<c:p xmlns:c="c" xmlns:d="d" xmlns:t="t">'
        f"<d:title>{core}</d:title><t:modified>2026-05-01T09:00:00Z</t:modified></c:p>",
        "ppt/presentation.xml": f"<p:presentation {NAMES}><p:sldIdLst>{''.join(map(_listed, range(len(slides))))}"
        f'</p:sldIdLst><p:sldSz cx="{10 * INCH}" cy="{7 * INCH}"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": _related(
            *(("slide", f"slides/slide{number}.xml") for number in range(1, len(slides) + 1))
        ),
        "ppt/slideMasters/slideMaster1.xml": _part("sldMaster", on_master, MASTER),
    }
    standing = shape("Click to edit", 'idx="1"', (1, 2, 8, 4))
    for number, kind in enumerate(LAYOUTS):
        members[f"ppt/slideLayouts/slideLayout{number}.xml"] = _part("sldLayout", standing, type=kind)
        members[f"ppt/slideLayouts/_rels/slideLayout{number}.xml.rels"] = _related(
            ("slideMaster", "../slideMasters/slideMaster1.xml")
        )
    for number, one in enumerate(slides, 1):
        shown = {} if one.show else {"show": "0"}
        members[f"ppt/slides/slide{number}.xml"] = _part("sld", "".join(one.shapes), **shown)
        layout = f"../slideLayouts/slideLayout{LAYOUTS.index(one.layout)}.xml"
        related = [("slideLayout", layout)]
        for kind, folder, part in (("diagramData", "diagrams", one.diagram), ("chart", "charts", one.chart)):
            if part:
                related.append((kind, f"../{folder}/{kind}{number}.xml"))
                members[f"ppt/{folder}/{kind}{number}.xml"] = part
        members[f"ppt/slides/_rels/slide{number}.xml.rels"] = _related(*related, *one.related)
    return zipped(members | (changed or {}))


def _place(at: tuple[float, ...]) -> str:
    left, top, wide, high = (int(each * INCH) for each in at)
    return f'<a:off x="{left}" y="{top}"/><a:ext cx="{wide}" cy="{high}"/>'


def _frame(held: str) -> str:
    place = _place((1, 2, 8, 3))
    return (
        f"<p:graphicFrame><p:nvGraphicFramePr/><p:xfrm>{place}</p:xfrm>"
        f"<a:graphic><a:graphicData>{held}</a:graphicData></a:graphic></p:graphicFrame>"
    )


def _cell(given: str) -> str:
    return given if given.startswith("<") else cell(given)


def _part(name: str, shapes: str, after: str = "", **attributes: str) -> str:
    told = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return (
        f"<p:{name} {NAMES}{told}><p:cSld><p:spTree><p:nvGrpSpPr/><p:grpSpPr/>{shapes}</p:spTree></p:cSld>{after}"
        f"</p:{name}>"
    )


def _listed(number: int) -> str:
    return f'<p:sldId id="{256 + number}" r:id="rId{number + 1}"/>'


def _related(*parts: tuple[str, str]) -> str:
    made = "".join(
        f'<Relationship Id="rId{number}" Type="{KINDS}{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(parts, 1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{made}</Relationships>'
