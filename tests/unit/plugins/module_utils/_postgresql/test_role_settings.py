import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import role_settings


@pytest.mark.parametrize(
    ("name", "value", "literal"),
    [
        ("work_mem", "8MB", "'8MB'"),
        ("statement_timeout", 1000, "'1000'"),
        ("application_name", "it's, a \\ name", "E'it''s, a \\\\ name'"),
        ("datestyle", "ISO, DMY", "'ISO, DMY'"),
        ("search_path", "shop", "'shop'"),
        ("search_path", "shop, public", "'shop', 'public'"),
        ("Search_Path", '"$user",public', "'$user', 'public'"),
    ],
)
def test_what_sql_has(name, value, literal):
    assert role_settings.literals({name: value}) == {name: literal}
