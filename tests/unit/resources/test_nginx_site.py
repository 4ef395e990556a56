import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.nginx_configuration import ServerBlock
from ansible_collections.flaskops.stack.plugins.module_utils.resources import nginx_site as kind

RESOURCE = {"path": "/site", "server_names": ["shop.example"], "ports": [80, 443]}


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([], []),
        ([ServerBlock(["other.example"], ["80"])], []),
        ([ServerBlock(["shop.example"], ["8080"])], []),
        ([ServerBlock(["shop.example"], ["443"])], ["rival /etc/nginx/sites-enabled/x y"]),
    ],
)
def test_difference(blocks, expected):
    found = kind.compare(RESOURCE, {"/etc/nginx/sites-enabled/x y": blocks})
    assert [d["attribute"] for d in found] == expected
    assert all("'/etc/nginx/sites-enabled/x y'" in d["remedy"] for d in found)
