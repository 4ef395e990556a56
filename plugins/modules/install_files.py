#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: install_files
short_description: Install files, directories and links in one execution
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Takes the same resources as the comparison does, so that what is compared is what is installed.
    M(ansible.builtin.copy) needs three round trips for each file, because it can also transfer
    files; this needs one for all.
  - Every file is validated before the first one is replaced, and each is replaced in one step.
    Until it has its declared mode, a new file can be read by its owner alone.
  - Neither the host's log nor the answer has the texts. What C(--diff) shows has those of files
    that are not C(secret).
attributes:
  check_mode:
    support: full
    description: Validates, and writes nothing.
  diff_mode:
    support: full
    description: Shows the lines that change.
  platform:
    support: full
    platforms: posix
    description: All hosts with a file system.
options:
  resources:
    description:
      - The files, in the order in which they are replaced, as resources of the kinds C(file), with
        C(path), C(content), C(secret), C(owner), C(group) and C(mode); C(environment_file), with
        C(path), C(variables), C(owner), C(group) and C(mode); C(directory), with C(path), C(owner),
        C(group) and C(mode); and C(link), with C(path), C(target) and C(state).
      - A file without C(content) must be there, and gets its attributes. What has a C(mode) has no
        access control list besides it afterwards, and can be changed (see C(chattr)).
      - The directory of each must be there, or come before it. A file or a directory in the place
        of something else is kept in C(/var/lib/flaskops/replaced), and a link in the place of a
        file goes. A link in the place of a directory stays, because it may lead to the data; it
        fails then, before anything changes.
    type: list
    elements: dict
    required: true
  validate:
    description: A command that fails for a text that must not be used. C(%s) is the path of a file
      with it.
    type: str
  validate_as:
    description:
      - What the texts are, where the program that reads them takes no single file. V(unit) is a
        unit of systemd, which is read by its name and with the other files; V(nginx_site) is a part
        of the block C(http) of nginx.
    type: str
    choices: [nginx_site, unit]
  backup:
    description: Whether to keep the former files.
    type: bool
    default: false
seealso:
  - module: ansible.builtin.copy
"""

EXAMPLES = r"""
- name: Install a unit and its socket
  flaskops.stack.install_files:
    resources:
      - kind: file
        path: /etc/systemd/system/guestbook.service
        content: "{{ guestbook_service }}"
        mode: "0644"
      - kind: file
        path: /etc/systemd/system/guestbook.socket
        content: "{{ guestbook_socket }}"
        mode: "0644"
    validate_as: unit
  become: true
"""

RETURN = r"""
replaced:
  description: Where files and directories are kept that were in the place of something else.
  returned: success
  type: dict
  sample: {"/srv/shop/current": "/var/lib/flaskops/replaced/1795709640000000000_srv_shop_current"}
backups:
  description: The paths of the former files, by the paths of the new ones.
  returned: success
  type: dict
  sample: {"/etc/nginx/sites-available/guestbook": "/etc/nginx/sites-available/guestbook.1.2026~"}
paths:
  description: What was made, replaced or removed, or got other attributes.
  returned: success
  type: list
  elements: str
"""

import os
import tempfile
from collections.abc import Mapping
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._comparison import declared
from ansible_collections.flaskops.stack.plugins.module_utils._convergence import places, text_checks
from ansible_collections.flaskops.stack.plugins.module_utils._machine import attributes
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Kind,
    Options,
    directory,
    environment_file,
    file,
    link,
)
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import (
    environment_file as environment_text,
)

KINDS: dict[str, Kind] = {
    "directory": directory,
    "environment_file": environment_file,
    "file": file,
    "link": link,
}


def wanted(module: AnsibleModule) -> dict[str, Options]:
    """{path: the resource, with its kind, and of a file its content as bytes}"""
    found: dict[str, Options] = {}
    for kind, resource in declared.all_validated(module.params["resources"], KINDS, "resources"):
        path = resource["path"]
        if path in found:
            module.fail_json(msg=f"{path} is named more than once in resources")
        folder = os.path.dirname(path)
        if found.get(folder, {}).get("kind") != "directory" and not os.path.isdir(folder):
            module.fail_json(msg=f"{path}: the directory {folder} is not there")
        found[path] = {**resource, "kind": kind, **content(module, kind, resource)}
    return found


def content(module: AnsibleModule, kind: str, resource: Options) -> dict[str, Any]:
    """What a file has: its content as bytes, and whether that is secret; {} of others."""
    if kind == "environment_file":
        return {"content": environment_text.render(resource["variables"]).encode(), "secret": True}
    if kind != "file":
        return {}
    if resource["content"] is None:
        if not places.is_file(resource["path"]):
            module.fail_json(msg=f"{resource['path']}: there is no content to install")
        return {}
    return {"content": resource["content"].encode("utf-8", "surrogateescape")}


def read(path: str) -> bytes | None:
    """The file's content as bytes; None where there is no file, or something in its place."""
    if not places.is_file(path):
        return None
    with open(path, "rb") as stream:
        return stream.read()


def stage(module: AnsibleModule, content: bytes) -> str:
    """The path of a file with the new content."""
    handle, partial = tempfile.mkstemp(dir=module.tmpdir)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    return partial


def validate(
    module: AnsibleModule, files: Mapping[str, Options], staged: Mapping[str, str]
) -> None:
    """Fail where what reads the files does not accept one of the new texts."""
    command, check = module.params["validate"], module.params["validate_as"]
    if command and "%s" not in command:
        module.fail_json(msg="validate has no %s for the path of the text")
    texts = {path: each["content"] for path, each in files.items()}

    def run(arguments: list[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
        done: tuple[int, str, str] = module.run_command(arguments, environ_update=dict(environment))
        return done

    for path, partial in staged.items():
        said = ""
        if command:
            code, output, error = module.run_command(command.replace("%s", partial))
            said = (error or output).strip() or "it is refused without a word" if code else ""
        if check and not said:
            said = text_checks.CHECKS[check](path, texts, run)
        if said:
            module.fail_json(msg=f"{path} is not valid: {said}")


def is_needed(resource: Options) -> bool:
    """Whether a directory or a link is to be made or removed."""
    path, kind = resource["path"], resource["kind"]
    if kind == "directory":
        return places.needs_directory(path)
    if kind == "link" and resource["state"] == "absent":
        return places.needs_removal(path)
    return kind == "link" and places.needs_link(path, resource["target"])


def place(resource: Options) -> str:
    """Make a directory or a link, or remove it; returns where what was in its place is kept."""
    path = resource["path"]
    if resource["kind"] == "directory":
        kept = places.clear(path)
        os.mkdir(path)
        return kept
    if resource["state"] == "absent":
        # What is to go is not kept, unless it is none of what could be meant.
        if os.path.isdir(path) and not os.path.islink(path):
            return places.clear(path)
        os.unlink(path)
        return ""
    kept = "" if os.path.islink(path) else places.clear(path)
    places.link(path, resource["target"])
    return kept


def put(module: AnsibleModule, resource: Options, partial: str | None) -> str:
    """Put what is new in place; returns where what was in its place is kept, or ""."""
    path = resource["path"]
    if not partial:
        return place(resource)
    kept = "" if places.is_file(path) else places.clear(path)
    module.atomic_move(partial, path)
    return kept


def install(
    module: AnsibleModule,
    resource: Options,
    partial: str | None,
    needed: bool,
    replaced: dict[str, str],
) -> bool:
    """Put what is new and the attributes in place; return whether that changed anything."""
    path = resource["path"]
    changed = bool(partial) or needed
    if not module.check_mode:
        changed = attributes.strip_flags(path) or changed
    if not module.check_mode and (partial or needed):
        kept = put(module, resource, partial)
        replaced.update({path: kept} if kept else {})
    if resource["kind"] == "link" or (module.check_mode and not os.path.lexists(path)):
        return changed
    given = {key: resource[key] for key in ("path", "owner", "group", "mode")}
    arguments = module.load_file_common_arguments(given)
    is_changed: bool = module.set_fs_attributes_if_different(arguments, changed)
    # What has a mode has no list besides it; the mode comes first, so that nobody gets more for a
    # moment. A new file may have inherited one.
    if module.check_mode or not resource["mode"]:
        return is_changed
    return attributes.strip(path) or is_changed


def difference(path: str, resource: Options, before: bytes | None) -> dict[str, str]:
    if resource["secret"]:
        return {"prepared": f"{path}: another content, which is secret\n"}
    return {
        "before_header": path,
        "after_header": path,
        "before": (before or b"").decode("utf-8", "replace"),
        "after": resource["content"].decode("utf-8", "replace"),
    }


def run(module: AnsibleModule) -> dict[str, Any]:
    resources = wanted(module)
    texts = {path: each for path, each in resources.items() if each.get("content") is not None}
    before = {path: read(path) for path in texts}
    needed = {path for path, each in resources.items() if is_needed(each)}
    staged = {
        path: stage(module, each["content"])
        for path, each in texts.items()
        if before[path] != each["content"]
    }
    validate(module, texts, staged)
    backups = {
        path: module.backup_local(path)
        for path in staged
        if module.params["backup"] and before[path] is not None and not module.check_mode
    }
    replaced: dict[str, str] = {}
    paths = [
        path
        for path, each in resources.items()
        if install(module, each, staged.get(path), path in needed, replaced)
    ]
    shown = [difference(path, texts[path], before[path]) for path in staged]
    return {
        "changed": bool(paths), "paths": paths, "backups": backups, "replaced": replaced,
        "diff": shown,
    }  # fmt: skip


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "resources": {"type": "list", "elements": "dict", "required": True},
            "validate": {"type": "str"},
            "validate_as": {"type": "str", "choices": sorted(text_checks.CHECKS)},
            "backup": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    os.umask(0o077)
    try:
        result = run(module)
    except (declared.DeclarationError, places.PlaceError) as exc:
        module.fail_json(msg=str(exc))
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename}: {exc.strerror}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
