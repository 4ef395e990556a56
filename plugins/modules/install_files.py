# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: install_files
short_description: Write texts to files, several in one execution
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Writes files whose content the controller knows as text. M(ansible.builtin.copy) needs three
    round trips for each, because it can also transfer files; this needs one for all.
  - Every file is validated before the first one is replaced, and each is replaced in one step.
    Until it has its declared mode, a new file can be read by its owner alone.
  - Neither the host's log nor the answer has the texts; what C(--diff) shows is O(files[].secret)'s
    to keep back.
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
  files:
    description: The files, in the order in which they are replaced.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: The file's path, which no other one of them has; its directory must be there.
        type: path
        required: true
      content:
        description: The text.
        type: str
        required: true
      owner:
        description: The owner's name.
        type: str
        default: root
      group:
        description: The group's name.
        type: str
        default: root
      mode:
        description: The permissions, as M(ansible.builtin.file) takes them.
        type: raw
        default: "0644"
      validate:
        description: A command that fails for a text that must not be used. C(%s) is the path of a
          file with it.
        type: str
      secret:
        description: Whether the lines of the file are kept out of what C(--diff) shows.
        type: bool
        default: false
      backup:
        description: Whether to keep the former file.
        type: bool
        default: false
seealso:
  - module: ansible.builtin.copy
"""

EXAMPLES = r"""
- name: Install a unit and its socket
  flaskops.stack.install_files:
    files:
      - path: /etc/systemd/system/guestbook.service
        content: "{{ guestbook_service }}"
      - path: /etc/systemd/system/guestbook.socket
        content: "{{ guestbook_socket }}"
  become: true
"""

RETURN = r"""
backups:
  description: The paths of the former files, by the paths of the new ones.
  returned: success
  type: dict
  sample: {"/etc/nginx/sites-available/guestbook": "/etc/nginx/sites-available/guestbook.1.2026~"}
"""

import os
import tempfile

from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule


def read(path):
    """The file's content as bytes; None where there is no file."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def stage(module, file):
    """The path of a file with the new content, which its command has accepted."""
    folder = os.path.dirname(file["path"])
    if not os.path.isdir(folder):
        module.fail_json(msg=f"{file['path']}: the directory {folder} is not there")
    handle, partial = tempfile.mkstemp(dir=module.tmpdir)
    with os.fdopen(handle, "wb") as stream:
        stream.write(file["content"].encode())
    if file["validate"]:
        if "%s" not in file["validate"]:
            module.fail_json(msg=f"{file['path']}: validate has no %s for the path of the text")
        code, output, error = module.run_command(file["validate"].replace("%s", partial))
        if code:
            module.fail_json(msg=f"{file['path']} is not valid: {(error or output).strip()}")
    return partial


def attributes(file):
    return {key: file[key] for key in ("path", "owner", "group", "mode")}


def install(module, file, partial):
    """Put the new content, if there is one, and the attributes in place."""
    if partial and not module.check_mode:
        module.atomic_move(partial, file["path"])
    arguments = module.load_file_common_arguments(attributes(file))
    return module.set_fs_attributes_if_different(arguments, bool(partial))


def difference(file, before):
    if file["secret"]:
        return {"prepared": f"{file['path']}: another content, which is secret\n"}
    return {
        "before_header": file["path"],
        "after_header": file["path"],
        "before": (before or b"").decode("utf-8", "replace"),
        "after": file["content"],
    }


def run(module):
    files = module.params["files"]
    paths = [file["path"] for file in files]
    twice = [path for path in paths if paths.count(path) > 1]
    if twice:
        module.fail_json(msg=f"{twice[0]} is named more than once in files")
    before = {file["path"]: read(file["path"]) for file in files}
    staged = {
        file["path"]: stage(module, file)
        for file in files
        if before[file["path"]] != file["content"].encode()
    }
    backups = {
        file["path"]: module.backup_local(file["path"])
        for file in files
        if file["backup"] and file["path"] in staged and before[file["path"]] is not None
        and not module.check_mode
    }  # fmt: skip
    changed = [install(module, file, staged.get(file["path"])) for file in files]
    shown = [difference(file, before[file["path"]]) for file in files if file["path"] in staged]
    return {"changed": any(changed), "backups": backups, "diff": shown}


def main():
    module = AnsibleModule(
        argument_spec={
            "files": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "path": {"type": "path", "required": True},
                    "content": {"type": "str", "required": True},
                    "owner": {"type": "str", "default": "root"},
                    "group": {"type": "str", "default": "root"},
                    "mode": {"type": "raw", "default": "0644"},
                    "validate": {"type": "str"},
                    "secret": {"type": "bool", "default": False},
                    "backup": {"type": "bool", "default": False},
                },
            }
        },
        supports_check_mode=True,
    )
    os.umask(0o077)
    try:
        result = run(module)
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename}: {exc.strerror}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
