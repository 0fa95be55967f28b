"""Pictures of systems: a redirect to another host, which no credential may reach."""

from __future__ import annotations

import pytest

from connectors.sandbox import CONNECTIONS
from connectors.sandbox.opensolar_records import FILES

SIZE = {"width": 500, "height": 300}


@pytest.fixture
def image(opensolar, solar):
    def image(project=7, system=7, **params):
        path = f"projects/{project}/systems/{opensolar.systems[system]['uuid']}/image/"
        return solar("GET", path, params=SIZE | params)

    return image


@pytest.fixture
def download(solar_sandbox):
    """Follows an address of the host of files, without a credential."""

    def download(address, **more):
        assert address.startswith(f"{FILES}/private/")
        return solar_sandbox.get(CONNECTIONS["opensolar"]["hosts"][FILES] + address.removeprefix(FILES), **more)

    return download


def test_a_picture_is_had_by_a_redirect_to_another_host(image, download):
    answer = image()
    assert answer.status_code == 302
    picture = download(answer.headers["location"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert picture.content.startswith(b"\xff\xd8\xff\xe0")
    assert picture.content.endswith(b"\xff\xd9")
    size = picture.content.index(b"\xff\xc0") + 5
    assert picture.content[size : size + 4] == b"\x01\x2c\x01\xf4"


def test_a_credential_must_not_come_along(image, download):
    answer = download(image().headers["location"], headers={"authorization": "Bearer x"})
    assert answer.status_code == 400
    assert "credential" in answer.json()["detail"]


def test_an_address_lasts_an_hour_and_cannot_be_changed(image, download, clock):
    address = image().headers["location"]
    clock.forward(minutes=59, seconds=59)
    assert download(address).status_code == 200
    assert download(address.replace("Expires=1", "Expires=2")).status_code == 403
    assert download(address.partition("?")[0]).status_code == 403
    assert download(address + "&x=1").status_code == 400
    clock.forward(seconds=1)
    assert download(address).status_code == 403


def test_a_picture_becomes_a_private_file_of_its_project(image, solar, download):
    image()
    project = solar("GET", "projects/7/").json()
    [file] = project["private_files_data"]
    assert project["private_files"] == [file["url"]]
    assert file["filesize"] == len(download(file["file_contents"]).content)
    assert file["project"] == project["url"]


def test_a_uuid_in_small_letters_will_do(opensolar, solar):
    uuid = opensolar.systems[7]["uuid"].lower()
    assert solar("GET", f"projects/7/systems/{uuid}/image/", params=SIZE).status_code == 302


def test_the_system_of_another_project_is_not_found(image):
    assert image(project=8).status_code == 404


@pytest.mark.parametrize("params", [{"width": "0"}, {"height": "x"}, {"width": "4097"}, {"depth": "1"}])
def test_a_size_is_in_pixels(image, params):
    answer = image(**params)
    assert answer.status_code == 400
    assert next(iter(params)) in answer.text


def test_a_size_is_required(opensolar, solar):
    path = f"projects/7/systems/{opensolar.systems[7]['uuid']}/image/"
    assert solar("GET", path, params={"width": 5}).json() == {"height": ["This field is required."]}
