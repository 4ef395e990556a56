import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import extensions as kind


def attributes(found):
    return [(d.attribute, d.direction) for d in found]


RESOURCE = {"database": "shop", "names": ["pg_trgm"], "login_user": "postgres", "login_port": 5432}


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (({"plpgsql", "pg_trgm"}, []), []),
        (({"plpgsql"}, []), [("extension pg_trgm", "missing")]),
        (({"plpgsql", "pg_trgm", "file_fdw"}, []), [("extension file_fdw", "unexpected")]),
        (({"plpgsql"}, ["pg_trgm"]), [("unavailable pg_trgm", "different")]),
        ((set(), ["pg_trgm"]), [("unavailable pg_trgm", "different")]),
    ],
)
def test_difference(actual, expected):
    assert attributes(kind.compare(RESOURCE, actual)) == expected
