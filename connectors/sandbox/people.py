"""Who lives in the pretend vendors: invented customers of German installers, the same for the same chance.

Telephone numbers come from the range the Bundesnetzagentur keeps for films, addresses of e-mail from example.com.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

FIRST_NAMES = tuple(
    "Alma Bruno Carla Detlef Edda Fiete Greta Henning Inka Jasper Kerstin Levin Merle Norbert Olga Piet".split()
)
LAST_NAMES = tuple(
    "Amselfeld Brückenau Distelkamp Erlenbruch Fuchsbau Ginsterberg Heidekamp Immergrün Junkersdorf Kleebach "
    "Lerchenau Moorkamp Nesselrath Ottersberg Pappelholz Quellmann Röhricht Schilfner Torfstich Uhlenhorst".split()
)
FIRMS = ("Bäckerei", "Tischlerei", "Hausverwaltung", "Autohaus", "Gärtnerei")
STREETS = ("Am Anger", "Birkenweg", "Dorfstraße", "Eschenallee", "Feldweg", "Kirchplatz", "Schulstraße", "Wiesengrund")


class Town(NamedTuple):
    """A real place with one of its postcodes."""

    postcode: str
    name: str


TOWNS = (
    Town("04109", "Leipzig"),
    Town("24103", "Kiel"),
    Town("28195", "Bremen"),
    Town("30159", "Hannover"),
    Town("34117", "Kassel"),
    Town("39104", "Magdeburg"),
    Town("55116", "Mainz"),
    Town("70173", "Stuttgart"),
    Town("86150", "Augsburg"),
    Town("90402", "Nürnberg"),
)


class Person(NamedTuple):
    """Somebody who does not exist; `place` tells them apart from all others."""

    place: int
    first_name: str
    last_name: str
    street: str
    house_number: str
    town: Town

    @property
    def email(self) -> str:
        return f"kundin{self.place}@example.com"

    @property
    def phone(self) -> str:
        return f"+498999998{self.place % 1000:03}"


def somebody(place: int, rng: Random) -> Person:
    """The next person that chance gives."""
    return Person(
        place,
        rng.choice(FIRST_NAMES),
        rng.choice(LAST_NAMES),
        rng.choice(STREETS),
        str(rng.randint(1, 99)),
        rng.choice(TOWNS),
    )
