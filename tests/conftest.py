"""Makes ansible_collections.flaskops.stack importable, as Ansible itself does."""

import os
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]

# ansible-test does the same beforehand, and gives modules only what they have on a host.
if "ANSIBLE_CONTROLLER_MIN_PYTHON_VERSION" not in os.environ:
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(CHECKOUT / ".cache" / "collections")])
