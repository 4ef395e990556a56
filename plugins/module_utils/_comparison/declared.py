# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A declared resource: a mapping with its kind, and the options of that kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.flaskops.stack.plugins.module_utils._resources import Kind, Options


class Resource(NamedTuple):
    """A declared resource: who declares it, its kind, its options validated."""

    role: str
    kind: str
    options: Options
    module: Kind


class DeclarationError(ValueError):
    """A declared resource that no kind understands."""


def validated(resource: object, kinds: Mapping[str, Kind], where: str) -> tuple[str, Options]:
    """(the kind's name, its options with their defaults); raises DeclarationError.

    kinds are the modules of _resources/ by name; where is what a message calls the resource.
    """
    if not isinstance(resource, dict):
        raise DeclarationError(f"{where}: expected a mapping with kind, got {resource!r}")
    options = dict(resource)
    kind = options.pop("kind", None)
    if kind not in kinds:
        raise DeclarationError(f"{where}: kind {kind!r} is not one of {', '.join(sorted(kinds))}")
    result = ArgumentSpecValidator(kinds[kind].OPTIONS).validate(options)
    if result.error_messages:
        raise DeclarationError(f"{where} ({kind}): {'; '.join(result.error_messages)}")
    return kind, result.validated_parameters


def all_validated(
    resources: Iterable[object], kinds: Mapping[str, Kind], where: str
) -> list[tuple[str, Options]]:
    """The same of each of a list; where is what a message calls the list."""
    return [validated(each, kinds, f"{where}[{number}]") for number, each in enumerate(resources)]
