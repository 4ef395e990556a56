# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: shared_path_mistakes
short_description: What is wrong with paths that survive a release
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Says of paths in a release, which are to be links to folders elsewhere, which cannot be, because
    they lead out of the release, are the collection's own, or are inside one another.
options:
  _input:
    description: The paths, relative to the top of the source.
    type: list
    elements: str
    required: true
  directory:
    description: Where the application is in its source; empty for the top.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Require paths that can be links
  ansible.builtin.assert:
    that: "['static/uploads', 'instance'] | flaskops.stack.shared_path_mistakes == []"
"""

RETURN = r"""
_value:
  description: What is wrong, as parts of a sentence.
  type: list
  elements: str
"""

from ansible_collections.flaskops.stack.plugins.module_utils._application import shared_places


def _filter(paths, directory=""):
    return shared_places.mistakes([str(path) for path in paths], str(directory))


class FilterModule:
    """The face of shared_places.mistakes()."""

    def filters(self):
        return {"shared_path_mistakes": _filter}
