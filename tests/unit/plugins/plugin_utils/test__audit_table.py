from ansible_collections.flaskops.stack.plugins.plugin_utils import _audit_table


def test_the_table_fits_its_columns(report):
    lines = _audit_table.table(report)
    assert lines[0] == "host  pg_hba  app  site"
    assert lines[1] == "web1  ok      ok   -"
    assert lines[3] == "web3  unreachable"
    assert "  remedy:   sed" in lines
    assert "            reload" in lines
