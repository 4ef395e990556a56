import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host.nginx_names import means, taken

HERE = ["web1", "192.0.2.1", "127.0.0.1"]
TAKEN = [
    # ours, theirs, read before ours, what is taken
    ("shop.example", "shop.example", False, "shop.example"),
    ("shop.example", "*.example", True, ""),
    ("shop.example", "~.", True, ""),
    ("*.example", "a.example", False, "a.example"),
    ("*.example", "*.a.example", False, "*.a.example"),
    ("*.example", "*.test", False, ""),
    ("*.example", "~.", True, ""),
    ("shop.*", "shop.de", False, "shop.de"),
    ("shop.*", "shop.a.*", False, "shop.a.*"),
    ("~^shop", "~.", True, "every name (~.)"),
    ("~^shop", "~.", False, ""),
    ("~^shop", "~^shop", False, "~^shop"),
    ("~^shop", "shop.de", False, "shop.de"),
    ("_", "_", False, ""),
    ("_", "~.", False, "every name (~.)"),
    ("_", "~^shop", False, ""),
    ("_", "*.com", False, "*.com"),
    ("_", "*.shop.com", False, ""),
    ("_", "", False, "requests without a name"),
    ("shop.example", "", False, ""),
    ("_", "web1", False, "web1"),
    ("_", "192.0.2.1", False, "192.0.2.1"),
    ("_", "127.0.0.1", False, ""),
    ("_", r"~^[\d.]+$", False, r"192.0.2.1 (~^[\d.]+$)"),
    ("_", "~^127", False, ""),
    ("shop.example", r"~^[\d.]+$", True, ""),
    ("shop.example", "web1", False, ""),
]


@pytest.mark.parametrize(("ours", "theirs", "is_before", "expected"), TAKEN)
def test_what_another_server_takes(ours, theirs, is_before, expected):
    assert taken({ours}, theirs, HERE, is_before) == expected


MEANS = [
    (r"~^www\d+\.", "www7.example", True),
    (r"~^www\d+\.", "www.example", False),
    ("~^(?<x>.+)$", "a", True),
    ("~^A", "a", True),
    # No expression for Python.
    ("~^(?&x)", "a", False),
    ("*.a", "b.a", True),
    ("*.a", "a", False),
    ("a.*", "a.b.c", True),
]


@pytest.mark.parametrize(("pattern", "name", "expected"), MEANS)
def test_whether_a_pattern_means_a_name(pattern, name, expected):
    assert means(pattern, name) == expected
