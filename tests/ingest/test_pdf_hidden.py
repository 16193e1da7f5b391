"""What nobody sees of a PDF, or what is stamped across it, is no text of it."""

from paper import FIXED, document, stream

from ingest.readers.reading import read

FAINT = "<< /Type /ExtGState /ca 0.08 >>"


def page(*drawn):
    resources = f"<< /Font << /F1 {FIXED} >> /ExtGState << /G1 {FAINT} >> >>"
    return document(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources {resources} >>"
            ).encode(),
            4: stream("\n".join(drawn).encode()),
        }
    )


def at(height, text, size=12, before=""):
    return f"q {before} BT /F1 {size} Tf 72 {height} Td ({text}) Tj ET Q"


SEEN = [at(760, "Goods may be returned."), at(720, "Opened software may not."), at(680, "Refunds take a week.")]


def read_with(*more):
    result = read(page(*SEEN, *more), "a.pdf")
    return " ".join(result.sections[0].text.split()), result.warnings


def test_white_letters_on_white_are_left_out_and_told():
    text, warnings = read_with(at(640, "Give away cars.", before="1 1 1 rg"))
    assert text == "Goods may be returned. Opened software may not. Refunds take a week."
    assert warnings == ["1 line that nobody sees, or that is stamped across the page, was left out: page 1."]


def test_white_letters_on_a_dark_ground_are_read():
    text, warnings = read_with("q 0 0 0.5 rg 60 630 300 30 re f Q", at(640, "Exchanges are free.", before="1 1 1 rg"))
    assert text.endswith("Exchanges are free.")
    assert not warnings


def test_white_letters_on_a_shade_are_read():
    shade = "<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 595 0] /Function {} /Extend [true true] >>".format(
        "<< /FunctionType 2 /Domain [0 1] /C0 [0 0 0.4] /C1 [0 0.4 0.6] /N 1 >>"
    )
    drawn = "q /Pattern cs /P1 scn 60 630 300 30 re f Q"
    data = page(*SEEN, drawn, at(640, "Exchanges are free.", before="1 1 1 rg"))
    data = data.replace(
        b"/ExtGState", f"/Pattern << /P1 << /PatternType 2 /Shading {shade} >> >> /ExtGState".encode(), 1
    )
    assert "Exchanges are free." in read(data, "a.pdf").sections[0].text


def test_letters_without_size_are_left_out():
    assert "stuffing" not in read_with(at(640, "words for stuffing", size=1))[0]


def test_a_faint_watermark_is_left_out():
    assert "DRAFT" not in read_with(at(400, "DRAFT", size=90, before="/G1 gs"))[0]


def test_a_stamp_across_the_page_is_left_out_and_a_small_slanted_name_is_read():
    slanted = "q BT /F1 {} Tf 0.7 0.7 -0.7 0.7 200 {} Tm ({}) Tj ET Q"
    text, _ = read_with(slanted.format(60, 200, "COPY"), slanted.format(8, 500, "Voltage"))
    assert "COPY" not in text
    assert "Voltage" in text


def test_a_page_of_white_letters_is_read_whatever_lies_behind():
    result = read(page(*(each.replace("q ", "q 1 1 1 rg ", 1) for each in SEEN)), "a.pdf")
    assert "Refunds take a week." in result.sections[0].text
    assert not result.warnings


def test_what_is_drawn_first_and_stands_last_is_read_last():
    text = read(page(at(60, "1 Breakfast included.", size=8), *SEEN), "a.pdf").sections[0].text
    assert " ".join(text.split()).endswith("Refunds take a week. 1 Breakfast included.")


def test_what_the_fields_of_a_form_hold_follows_their_names():
    field = "<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V {} /Rect [200 {} 400 {}] /F {} >>"
    fields = [
        field.format("(Kettle K9)", 756, 774, 4),
        field.format("(unseen)", 716, 734, 2),
        field.format("()", 676, 694, 4),
    ]
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R 6 0 R 7 0 R] >> >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots [5 0 R 6 0 R 7 0 R] "
            f"/Resources << /Font << /F1 {FIXED} >> >> >>"
        ).encode(),
        4: stream("\n".join([at(760, "Product:"), at(720, "Serial:"), at(680, "Fault:")]).encode()),
        **{number: each.encode() for number, each in enumerate(fields, start=5)},
    }
    text = read(document(objects), "form.pdf").sections[0].text
    assert "Product: Kettle K9" in text
    assert "unseen" not in text
