import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import shared_places


@pytest.mark.parametrize(
    ("paths", "directory", "told"),
    [
        ([], "", []),
        (["static/uploads", "instance", "static/up"], "", []),
        (["shop/instance"], "shop", []),
        (["/srv/uploads"], "", ["'/srv/uploads', which is not a path"]),
        (["../uploads"], "", ["'../uploads', which is not a path"]),
        (["a/../../b"], "", ["'a/../../b', which is not a path"]),
        (["."], "", ["'.', which is not a path"]),
        ([""], "", ["'', which is not a path"]),
        (["uploads/"], "", ["'uploads/', which is not a path"]),
        (["up\nloads"], "", ["'up\\nloads', which is not a path"]),
        (["a b"], "", ["'a b', which is not a path"]),
        ([".venv/uploads"], "", [".venv/uploads, which belongs to the release"]),
        ([".complete"], "", [".complete, which belongs to the release"]),
        ([".complete.new"], "", [".complete.new, which belongs to the release"]),
        (["shop"], "shop", ["shop, in which the application is"]),
        (["shop"], "shop/web", ["shop, in which the application is"]),
        (["a", "a"], "", ["a twice"]),
        (["a/b", "a"], "", ["a/b, which is inside another"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_paths(paths, directory, told):
    found = shared_places.mistakes(paths, directory)
    assert [text[: len(start)] for text, start in zip(found, told)] == told
    assert len(found) == len(told)


def test_what_is_in_the_places_of_links_is_no_code():
    found = dict.fromkeys(["static", "static/uploads", "static/uploads/x", "static/uploads.css"])
    assert list(shared_places.without(found, ["static/uploads"])) == [
        "static",
        "static/uploads.css",
    ]
