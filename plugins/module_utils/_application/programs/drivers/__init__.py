# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the sessions of each driver are kept from writing.

WRAPPERS has the modules of a driver by the names that it imports them under, each with the
function that wraps the module once it is imported; see ../guard.py.
"""
