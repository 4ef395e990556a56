"""The site of documentation; see scripts/docs."""

import re

from docutils import nodes

project = "flaskops.stack"
author = "flaskops.stack contributors"
extensions = ["myst_parser", "sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
html_title = "flaskops.stack"
html_copy_source = False
pygments_style = "ansible"
highlight_language = "text"
# Headings that other pages name.
myst_heading_anchors = 3

# Pages of Ansible's own documentation, so that nothing has to be fetched to build this one.
ANSIBLE = "https://docs.ansible.com/ansible/latest"
PAGES = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}
MODULE = re.compile(r"ansible_collections\.(ansible|community)\.(\w+)\.(\w+_module)")


def elsewhere(_app, _env, node, content):
    """A link to what another site has."""
    target = node.get("reftarget", "")
    module = MODULE.fullmatch(target)
    page = "collections/{}/{}/{}.html".format(*module.groups()) if module else PAGES.get(target)
    return nodes.reference("", "", content, refuri=f"{ANSIBLE}/{page}") if page else None


def setup(app):
    app.connect("missing-reference", elsewhere)
