# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The question that a program was asked, and the place for its answer."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any


def answer(function: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Call the function with the question, and write what it returns."""
    # The application need not see the question, nor any process that it starts.
    question = json.loads(os.environ.pop("FLASKOPS_QUESTION"))
    # Flask looks for the application in the working directory.
    sys.path.insert(0, os.getcwd())
    found = function(question)
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as stream:
        json.dump(found, stream)
