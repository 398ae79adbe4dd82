"""No link of ours leads people to another site."""

import pytest

from api.web.guard import local_path, login_address


@pytest.mark.parametrize("path", ["/kantor", "/kantor/arsip?kata=soto%20amat", "/"])
def test_own_paths_pass(path):
    assert local_path(path, "/x") == path


@pytest.mark.parametrize(
    "path",
    ["", "kantor", "//example.com", "https://example.com", "/\\example.com", "/\texample", "/a\nb", "\\\\x"],
)
def test_all_else_leads_home(path):
    assert local_path(path, "/kantor") == "/kantor"


def test_the_login_page_remembers_where_to_go_on():
    assert login_address("/kantor/arsip?kata=a&b") == "/masuk?ke=%2Fkantor%2Farsip%3Fkata%3Da%26b"
