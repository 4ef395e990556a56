# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that run in an application's virtual environment, as its user.

runner.py sends them there. They may import each other, Python's own library and what
the application has installed; nothing of Ansible, and nothing else of this collection. Each
finds its question (a dict) in the environment variable FLASKOPS_QUESTION and writes its
answer, one JSON object, to the file descriptor that its argument names.
"""
