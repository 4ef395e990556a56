import os
import subprocess

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import ownership

RESOURCE = {"owner": "root", "group": "shop", "mode": "0640"}
FINE = {
    "type": "file", "owner": "root", "group": "shop", "mode": "0640", "acl": "", "immutable": "",
    "links": 1, "mounted": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, []),
        ({"owner": "eve"}, [("owner", "different")]),
        ({"mode": "0644"}, [("mode", "different")]),
        ({"acl": "user:eve:r--"}, [("acl", "unexpected")]),
        # The list has the group's rights too, but not everybody's.
        ({"acl": "user:eve:r--", "mode": "0600"}, [("acl", "unexpected")]),
        ({"acl": "user:eve:r--", "mode": "0604"}, [("mode", "different"), ("acl", "unexpected")]),
        ({"immutable": "append-only"}, [("immutable", "unexpected")]),
    ],
)
def test_difference(more, expected):
    found = ownership.compare(RESOURCE, {**FINE, **more})
    assert [(d.attribute, d.direction) for d in found] == expected


def test_where_no_mode_is_declared_a_list_is_its_owners():
    resource = dict.fromkeys(RESOURCE)
    assert (
        ownership.compare(resource, {**FINE, "acl": "user:eve:r--", "immutable": "immutable"}) == []
    )


def test_names_stand_for_numbers():
    text = "user:0:r--,default:group:0:rwx,default:user::rwx,user:987654:r--"
    assert ownership.named(text) == (
        "user:root:r--,default:group:root:rwx,default:user::rwx,user:987654:r--"
    )


def test_the_other_name_of_a_secret_is_removed(tmp_path):
    path = tmp_path / "a [b]*"
    path.write_text("secret")
    assert ownership.compare_links(str(path), ownership.read(str(path))) == []
    os.link(path, tmp_path / "other")
    [found] = ownership.compare_links(str(path), ownership.read(str(path)))
    assert (found.attribute, found.actual) == ("hard_link", "2 names")
    # The whole file system takes too long here.
    place = f'"$(stat --format=%m {ownership.shlex.quote(str(path))})"'
    assert place in found.remedy
    command = found.remedy.replace(place, str(tmp_path))
    subprocess.run(["sh", "-c", command], check=True)
    assert [each.name for each in tmp_path.iterdir()] == ["a [b]*"]


def test_a_mount_over_a_file_is_told_with_what_takes_it_away():
    [found] = ownership.compare_file({**FINE, "mounted": True}, "/etc/a b")
    assert (found.check, found.remedy, found.owned, found.waits) == (
        "mounted", "umount '/etc/a b'", False, True,
    )  # fmt: skip
    assert ownership.MOUNT_CHECKS["mounted"].hides


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"owner": "eve"}, []),
        ({"owner": "999"}, ["user.exists", "user.uid"]),
        ({"group": "999"}, ["group.exists", "group.gid", "user.primary_group"]),
    ],
)
def test_a_number_without_a_name_follows_from_its_account(more, expected):
    [found] = ownership.compare(RESOURCE, {**FINE, **more})
    assert [each.name for each in found.because] == expected
