# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import gc
import pathlib

from ansible.plugins.loader import filter_loader, lookup_loader, test_loader

# How many objects Python makes before it looks for garbage, in place of 700: most that a process
# makes which templates and parses for one task live until its end.
OBJECTS = 50_000
PLUGINS = pathlib.Path(__file__).parents[1]


def prepare():
    """Do once, in the process from which Ansible forks one for each task of each host, what every
    one of those would do anew."""
    _load_plugins()
    # Otherwise each fork looks for garbage among all that was there before it, and so copies the
    # pages of memory that it shared.
    gc.freeze()
    gc.set_threshold(OBJECTS)


@functools.cache
def _load_plugins():
    for loader in (filter_loader, test_loader):
        list(loader.all())
    for loader, folder in ((filter_loader, "filter"), (lookup_loader, "lookup")):
        for path in PLUGINS.joinpath(folder).glob("*.py"):
            loader.get(f"flaskops.stack.{path.stem}")
