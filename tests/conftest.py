"""Makes ansible_collections.flaskops.stack importable, as Ansible itself does."""

from pathlib import Path

from ansible.plugins.loader import init_plugin_loader

CHECKOUT = Path(__file__).parents[1]

init_plugin_loader([str(CHECKOUT / ".cache" / "collections")])
