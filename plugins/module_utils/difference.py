# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a comparison found: one attribute of one resource that is not as declared."""

from __future__ import annotations


def difference(attribute, expected, actual, direction="different"):
    """A difference as drift_info returns it, without kind and resource.

    direction is "missing", "different" or "unexpected". expected and actual are for
    people to read, and never hold a secret.
    """
    return {
        "attribute": attribute,
        "direction": direction,
        "expected": expected,
        "actual": actual,
    }
