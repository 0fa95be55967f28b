"""The two bodies that Reonic's document describes, in its words. A field without a default is required.

Stated nowhere and so not checked: the length of a note, the form of an address of e-mail, the range of a position.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from .strict import Strict

UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
NULL = PydanticCustomError("null", "must be an object, or left out")
ONE_PLACE = PydanticCustomError("one_place", "latLng, addressToGeocode: give one of them, not both and not none")


class NewNote(Strict):
    """Body of "Add Note to Offer"."""

    offerId: str = Field(pattern=UUID)
    text: str


class LatLng(Strict):
    """Geographic coordinates; the document calls neither of them optional."""

    lat: float
    lng: float


class AddressToGeocode(Strict):
    """An address to look up."""

    country: str = ""
    postcode: str = ""
    city: str = ""
    street: str = ""
    streetNumber: str = ""


class NewRequest(Strict):
    """Body of "Create Request"."""

    firstName: str = Field(min_length=1, max_length=100)
    lastName: str = Field(min_length=1, max_length=100)
    email: str = ""
    phone: str = Field(default="", min_length=1, max_length=100)
    country: str = ""
    postcode: str = ""
    city: str = ""
    street: str = ""
    streetNumber: str = ""
    message: str = Field(default="", max_length=10_000)
    note: str = Field(default="", max_length=10_000)
    leadSourceId: str = ""
    leadSourceName: str = ""
    totalDemandkWh: float = Field(default=4000, ge=0, le=200_000)
    energyPriceCtPerKwh: float = Field(default=30, ge=0, le=500)
    latLng: LatLng | None = None
    addressToGeocode: AddressToGeocode | None = None

    @field_validator("latLng", "addressToGeocode")
    @classmethod
    def not_null(cls, place: LatLng | AddressToGeocode | None) -> LatLng | AddressToGeocode:
        """Absent and null are two things on the wire; only absent is documented."""
        if place is None:
            raise NULL
        return place

    @model_validator(mode="after")
    def one_place(self) -> Self:
        """The text: one of them must be provided, but not both. (The document's sample body sends both.)"""
        if (self.latLng is None) == (self.addressToGeocode is None):
            raise ONE_PLACE
        return self
