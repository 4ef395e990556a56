#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: fetch_archive
short_description: Fetch a file behind a URL that may have secrets in it
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Fetches a file, as M(ansible.builtin.get_url) does, which writes its URL to the host's log and
    returns it, with the tokens in it. This module does neither, whatever the verbosity, and masks
    them in the message of a failure.
attributes:
  check_mode:
    support: full
    description: Fetches nothing, and reports a change.
  diff_mode:
    support: none
    description: An archive has no lines to show.
  platform:
    support: full
    platforms: posix
    description: All hosts.
options:
  url:
    description: The URL, with credentials or a token in it as needed.
    type: str
    required: true
  dest:
    description: The file, which is root's and can be read by everybody. It is replaced in one step.
    type: path
    required: true
  checksum:
    description:
      - The algorithm and the checksum that the file must have, such as C(sha256:...). In the place
        of the checksum, the URL of a file with lines of checksums and names.
    type: str
    default: ""
  timeout:
    description: The seconds in which the server has to answer.
    type: int
    default: 60
seealso:
  - module: ansible.builtin.get_url
"""

EXAMPLES = r"""
- name: Fetch the archive of a release
  flaskops.stack.fetch_archive:
    url: "https://reader:{{ token }}@code.example.org/shop-1.2.tar.gz"
    dest: /srv/shop/releases/1.2/.archive
    checksum: sha256:cd3ab77f8f2a5e9a0a7dbd0c8f1d3f4e3a9f4dcd2f2d31a5c8f4f1d33a1e1f9a
  become: true
"""

RETURN = r"""
size:
  description: The file's size in bytes.
  returned: success, not in check mode
  type: int
"""

import os
import re
import shutil
import tempfile
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.urls import fetch_url
from ansible_collections.flaskops.stack.plugins.module_utils._application import url_credentials
from ansible_collections.flaskops.stack.plugins.module_utils._host import masking
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule


class FetchError(Exception):
    """Why there is no file; secrets in the message are masked."""


def open_url(module: AnsibleModule, url: str) -> Any:
    """The answer to a request; raises FetchError where it is not the file."""
    response, info = fetch_url(module, url, timeout=module.params["timeout"])
    if info["status"] != 200:
        text = masking.mask(str(info["msg"]), masking.secrets_of_url(url) | {url})
        raise FetchError(f"{url_credentials.shown(url)}: {text}")
    return response


def wanted(module: AnsibleModule) -> tuple[str, str] | None:
    """(algorithm, checksum) that the file must have; None where nothing was declared."""
    algorithm, colon, value = module.params["checksum"].partition(":")
    if not algorithm:
        return None
    if not colon:
        raise FetchError("checksum is ALGORITHM:CHECKSUM, such as sha256:...")
    if "://" in value:
        name = os.path.basename(urlsplit(module.params["url"]).path)
        text = open_url(module, value).read().decode("utf-8", "replace")
        listed = re.search(rf"^([0-9a-fA-F]+)\s+\*?(?:\S*/)?{re.escape(name)}$", text, re.MULTILINE)
        if not listed and not re.fullmatch(r"\s*[0-9a-fA-F]+\s*", text):
            raise FetchError(f"{url_credentials.shown(value)} has no checksum of {name}")
        value = listed.group(1) if listed else text
    return algorithm, value.strip().lower()


def fetch(module: AnsibleModule) -> int:
    """Put the file in its place; returns its size."""
    expected = wanted(module)
    handle, partial = tempfile.mkstemp(dir=module.tmpdir)
    with os.fdopen(handle, "wb") as stream:
        shutil.copyfileobj(open_url(module, module.params["url"]), stream)
    if expected:
        found = module.digest_from_file(partial, expected[0])
        if found != expected[1]:
            raise FetchError(f"its {expected[0]} is {found}, and {expected[1]} was declared")
    size = os.path.getsize(partial)
    os.chmod(partial, 0o644)
    module.atomic_move(partial, module.params["dest"])
    arguments = {"path": module.params["dest"], "owner": "root", "group": "root", "mode": "0644"}
    module.set_fs_attributes_if_different(module.load_file_common_arguments(arguments), True)
    return size


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            # As a value that is masked, it would take equal words out of the answer.
            "url": {"type": "str", "required": True, "no_log": False},
            "dest": {"type": "path", "required": True},
            "checksum": {"type": "str", "default": ""},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=True)
    try:
        size = fetch(module)
    except FetchError as exc:
        module.fail_json(msg=str(exc))
    except OSError as exc:
        module.fail_json(msg=f"{exc.filename}: {exc.strerror}" if exc.filename else str(exc))
    module.exit_json(changed=True, size=size)


if __name__ == "__main__":
    main()
