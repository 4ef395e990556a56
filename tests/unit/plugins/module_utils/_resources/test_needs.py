import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._comparison import causes
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.finding import Finding
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    connection,
    needs,
    request,
)


def found(kind, resource, because=(), severity="error"):
    return Finding(
        "role", kind, resource, "check", "", "different", severity, "", "", "", "",
        owned=True, live=False, because=tuple(because),
    )  # fmt: skip


def fails(step):
    """What fails: a layer of the connection, or the request with a status; "code" is one with an
    exception of the application's own."""
    if step in needs.CONNECTION:
        return found("connection", "shop", needs.CONNECTION[step])
    actual = {"status": step, "reason": "x", "stranger": ""}
    if step == "code":
        actual.update(status=500, is_of_code=True)
    resource = {"status": [200], "site": "shop", "service": ""}
    [difference] = request.compare(resource, actual)
    return found("request", "http://shop", difference.because)


def test_every_layer_has_its_needs():
    assert needs.CONNECTION.keys() == connection.CHECKS.keys()


@pytest.mark.parametrize(
    ("step", "other", "explains"),
    [
        ("config", ("environment_file", "/etc/flask/shop.env"), True),
        ("config", ("postgresql_role", "shop"), False),
        ("driver", ("virtualenv", "/srv/shop/current/.venv"), True),
        ("driver", ("unit", "postgresql@17-main.service"), False),
        ("dns", ("environment_file", "/etc/flask/shop.env"), True),
        ("dns", ("pg_hba", "/etc/postgresql/17/main/pg_hba.conf"), False),
        ("tcp", ("unit", "postgresql@17-main.service"), True),
        ("tcp", ("unit", "nginx.service"), False),
        ("tcp", ("file", "/etc/postgresql/17/main/conf.d/flaskops.conf"), True),
        ("tcp", ("file", "/etc/nginx/sites-available/shop"), False),
        ("tcp", ("package", "postgresql-17"), True),
        ("tcp", ("package", "nginx"), False),
        ("auth", ("pg_hba", "/etc/postgresql/17/main/pg_hba.conf"), True),
        ("auth", ("privileged_roles", "of the server"), False),
        ("database", ("database", "shop"), True),
        ("privileges", ("privileges", "shop.public"), True),
        ("privileges", ("release", "/srv/shop/current"), False),
        ("capacity", ("postgresql_role", "shop"), True),
        # The application fails.
        (500, ("connection", "shop"), True),
        (500, ("migrations", "shop"), True),
        (500, ("release", "/srv/shop/current"), True),
        ("code", ("release", "/srv/shop/current"), True),
        ("code", ("environment_file", "/etc/flask/shop.env"), True),
        ("code", ("structure", "shop.public"), False),
        ("code", ("connection", "shop"), False),
        ("code", ("migrations", "shop"), False),
        (502, ("unit", "shop.service"), True),
        (404, ("link", "/etc/nginx/sites-enabled/shop"), True),
        # Nobody answers.
        (None, ("unit", "nginx.service"), True),
        # Who else may do something with the server is no reason for a page that fails.
        (500, ("privileged_roles", "of the server"), False),
        (500, ("package", "acl"), False),
    ],
)
def test_only_what_it_needs_explains_a_step_that_fails(step, other, explains):
    cause, symptom = found(*other), fails(step)
    differences, consequences = causes.split([cause, symptom])
    assert (differences, [each.kind for each in consequences]) == (
        ([cause], [symptom.kind]) if explains else ([cause, symptom._replace(because=())], [])
    )


def test_a_connection_that_fails_explains_the_page_and_itself_follows():
    server = found("unit", "postgresql@17-main.service")
    differences, consequences = causes.split([server, fails("tcp"), fails(500)])
    assert differences == [server]
    assert [each.kind for each in consequences] == ["connection", "request"]
