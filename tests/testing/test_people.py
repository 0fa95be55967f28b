"""People become others wherever they are named, however that is written."""

from __future__ import annotations

import pytest

from connectors.testing.people import Cast, looks_like_name
from connectors.testing.replay import replay
from connectors.testing.stage import Stage

ERWIN = {"firstName": "Erwin", "lastName": "Zwirbelmann", "email": "erwin@firma.de"}


def played(*values):
    """The values with invented people in them."""
    cast = Cast("seed")
    cast.meet(list(values))
    stage = Stage(cast)
    return [stage.value(value) for value in values]


@pytest.mark.parametrize(
    ("person", "text"),
    [
        ({"lastName": "Weiß"}, "Angebot für Familie Weiß, Herrn WEISS und weiß; Weiss"),
        ({"lastName": "Großkopf"}, "GROSSKOPF war hier, Großkopf auch, GROẞKOPF nicht"),
        ({"lastName": "Mu\u0308ller"}, "Müller, MÜLLER, Mueller, mu\u0308ller"),
        ({"lastName": "Müller"}, "Mu\u0308ller, M%C3%BCller, M\\u00fcller"),
        ({"street": "Gartenstraße 7"}, "wohnt Gartenstraße 7, GARTENSTRASSE 7, Gartenstrasse  7"),
        ({"firstName": "Erwin", "lastName": "Zwirbelmann"}, "Zwirbelmanns Dach, Erwins Keller, Zwirbelmann's Haus"),
        ({"fullName": "Erwin Zwirbelmann"}, "Angebot_Zwirbelmann_Erwin.pdf zwirbelmann-erwin.pdf"),
        ({"fullName": "Erwin Zwirbelmann"}, "https://x.example/a/Erwin%20Zwirbelmann?n=Zwirbelmann%2C+Erwin"),
        ({"owner": "Erwin Zwirbelmann"}, "Erwin Zwirbelmann, Zwirbelmann"),
        ({"participants": ["Zwirbelmann, Erwin", "Otto Bo"]}, "Erwin Zwirbelmann"),
        ({"assigned_to": {"label": "Erwin Zwirbelmann"}}, "Zwirbelmann"),
        ({"participants": {"Erwin Zwirbelmann": True}}, "Zwirbelmann"),
    ],
)  # fmt: skip
def test_no_spelling_of_a_name_stays(person, text):
    done = repr(played({"id": 1, **person}, {"anywhere": text})).casefold()

    parts = ("weiß", "weiss", "großkopf", "grosskopf", "müller", "mu\u0308ller", "mueller", "m%c3%bcller", "fcller",
             "garten", "zwirbel", "erwin")  # fmt: skip
    assert [part for part in parts if part in done] == []


def test_the_rest_of_a_text_stays():
    _, said = played({"lastName": "Weiß", "phone": "030 4471991"}, "Straße: ß — Herr Weiß (groß), 3 x 12,5 m²")

    assert said.startswith("Straße: ß — Herr ")
    assert said.endswith(" (groß), 3 x 12,5 m²")


def test_fields_enums_and_towns_stay_whoever_is_called_so():
    people = [{"fullName": "Max Open"}, {"firstName": "Lead", "lastName": "Berlin"}]

    _, kept = played(people, {"max": 5, "lead_max": 1, "status": "open", "city": "Berlin"})

    assert kept == {"max": 5, "lead_max": 1, "status": "open", "city": "Berlin"}


def test_keys_are_people_too():
    _, by_name = played(ERWIN, {"Erwin Zwirbelmann": 1, "erwin@firma.de": 2})

    assert "Zwirbelmann" not in str(by_name)
    assert "firma" not in str(by_name)


def test_titles_stay_and_firms_are_replaced_as_a_whole():
    people = {"customer": {"name": "Herr Dr. Erwin Zwirbelmann"}, "contact": {"name": "Sonne & Solar GmbH"}}

    done, text = played(people, {"salutation": "Herr", "note": "Solar für Sonne & Solar GmbH"})

    assert done["customer"]["name"].startswith("Herr Dr. ")
    assert text["salutation"] == "Herr"
    assert text["note"].startswith("Solar für ")
    assert "Sonne" not in text["note"]


@pytest.mark.parametrize(
    "said", ["030/4471-991", "030 44 71 991", "+49 30 4471991", "0049 (0)30 4471991", "(030) 4471991"]
)
def test_a_telephone_number_is_known_in_other_spellings(said):
    _, text = played({"phone": "030 4471991"}, f"bitte {said} anrufen, Zimmer 4471")

    assert "4471991" not in "".join(letter for letter in text if letter.isdigit())
    assert "23125" in text
    assert text.endswith(" anrufen, Zimmer 4471")


@pytest.mark.parametrize("said", ["0171-2345678", "0171 / 23 45 678", "+49 171 2345678", "(0171) 2345678"])
def test_a_telephone_number_is_found_in_a_text(said):
    [text] = played(f"Mobil {said}, ab 01.02.2026, Nr. 0815-42")

    assert "2345678" not in "".join(letter for letter in text if letter.isdigit())
    assert text.endswith(", ab 01.02.2026, Nr. 0815-42")


def test_positions_tell_the_town_alone():
    done = played({
        "lat": 52.523412, "lng": "13.404954", "location": [13.404954, 52.523412], "latitude": 52, "lon": -90,
        "geometry": {"coordinates": [[13.404954, 52.523412], [13.4, 52]]}, "text": "52.523412, 13.404954",
        "position": 3, "x": 52.523412,
    })  # fmt: skip

    assert done == [{
        "lat": 52.5, "lng": "13.4", "location": [13.4, 52.5], "latitude": 52, "lon": -90,
        "geometry": {"coordinates": [[13.4, 52.5], [13.4, 52]]}, "text": "52.5, 13.4", "position": 3, "x": 52.5,
    }]  # fmt: skip


def test_an_address_that_holds_an_e_mail_address_stays_one():
    [said] = played("https://storage.googleapis.com/a/b.pdf?GoogleAccessId=x@y.iam.gserviceaccount.com&page=2")

    assert said.startswith("https://storage.googleapis.com/a/b.pdf?GoogleAccessId=")
    assert said.endswith("@example.com&page=2")


@pytest.mark.parametrize("found", [[], [{"id": 1, "name": "Otto Bo", "email": "otto@firma.de"}]])
def test_a_search_that_finds_nobody_keeps_nobody(recorded, acme, found):
    case = recorded("find_lead", {"name": "Erwin Zwirbelmann"}, {"results": found}, {"results": []})

    assert "Zwirbelmann" not in case.dumps()
    assert case.output == []
    assert replay(case, acme) == []


def test_a_file_s_name_in_a_header(recorded, acme):
    lead = {"contract": "https://files.acme.example/c.pdf?name=Erwin%20Zwirbelmann", "owner": {**ERWIN}}
    headers = {"content-type": "application/pdf", "content-disposition": 'attachment; filename="Erwin Zwirbelmann.pdf"'}

    case = recorded("get_contract", {"id": "7"}, lead, (200, headers, b"%PDF"))

    assert "Zwirbelmann" not in case.dumps()
    assert "Erwin" not in case.dumps()
    assert replay(case, acme) == []


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("Erwin Zwirbelmann", True), ("Zwirbelmann, Erwin", True), ("Anna-Lena von der Weiß", True), ("Erwin", False),
     ("call back", False), ("Sonne GmbH", False), ("Modell 3 Plus", False), ("JOHN O'NEILL", True)],
)  # fmt: skip
def test_what_looks_like_a_name(text, is_one):
    assert looks_like_name(text) == is_one
