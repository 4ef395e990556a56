# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The comparison of declared resources with a host: one read and one compare() a resource."""

from __future__ import annotations

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.flaskops.stack.plugins.module_utils.resources import (
    postgresql_configuration,
    process,
    unix_socket,
)

# Every kind of resource, by the name that a declaration uses.
KINDS = {
    "postgresql_configuration": postgresql_configuration,
    "process": process,
    "unix_socket": unix_socket,
}


class DeclarationError(ValueError):
    """A declared resource that no kind understands."""


def differences(resources):
    """The differences of all declared resources, in their order.

    Each is a dict with kind, resource (the identity), attribute, direction ("missing",
    "different" or "unexpected"), expected and actual.
    """
    found = []
    for number, resource in enumerate(resources):
        kind, options = _validated(number, resource)
        module = KINDS[kind]
        for difference in module.compare(options, module.read(options)):
            found.append({"kind": kind, "resource": module.identity(options), **difference})
    return found


def _validated(number, resource):
    options = dict(resource)
    kind = options.pop("kind", None)
    if kind not in KINDS:
        raise DeclarationError(
            f"resources[{number}]: kind {kind!r} is not one of {', '.join(sorted(KINDS))}"
        )
    result = ArgumentSpecValidator(KINDS[kind].OPTIONS).validate(options)
    if result.error_messages:
        raise DeclarationError(f"resources[{number}] ({kind}): {'; '.join(result.error_messages)}")
    return kind, result.validated_parameters
