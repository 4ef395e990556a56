import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    is_command,
)


@pytest.mark.parametrize(
    ("remedy", "typed"),
    [
        ("Take this away from /etc/x, and run: nginx -t", False),
        ("PGOPTIONS='-c a=b' psql", True),
        ("Run flaskops.stack.site.", False),
        ("See journalctl --unit of the service, and /var/log/nginx/error.log.", False),
        ("Mend the line\nand run it again.", False),
        ("systemctl restart shop.service", True),
        ("sed -i -e '1{/^A.$/d}' /etc/x && true.", True),
        ("V=1 && rm /etc/x", True),
    ],
)
def test_a_command_is_told_from_a_sentence(remedy, typed):
    assert is_command(remedy) == typed
