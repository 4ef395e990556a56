import pytest
from postgres import administrator, login


@pytest.fixture
def rules(host):
    query = (
        "select concat_ws(' ', type, database, user_name, address, netmask, auth_method)"
        " from pg_hba_file_rules order by line_number"
    )
    return administrator(host, query).splitlines()


@pytest.fixture
def address(host):
    return host.check_output("hostname -I").split()[0]


def test_the_administrators_record_stays_first(rules):
    assert rules[0] == "local {all} {postgres} peer"


def test_the_entries_follow_in_declared_order(rules, address):
    host_mask = "255.255.255.255"
    assert rules[1:5] == [
        "local {guestbook} {guestbook} scram-sha-256",
        f"host {{guestbook}} {{guestbook}} 127.0.0.1 {host_mask} scram-sha-256",
        'hostssl {guestbook,"odd \\"name\\", too"} {guestbook,guestbook_owner}'
        f" {address} {host_mask} scram-sha-256",
        "host {all} {all} all reject",
    ]


def test_another_block_is_kept(rules):
    assert [rule for rule in rules if "{shop}" in rule][:2] == [
        "host {shop} {shop} 192.0.2.0 255.255.255.0 scram-sha-256",
        "host {shop} {shop} 2001:db8:: ffff:ffff:ffff:ffff:: scram-sha-256",
    ]


def test_no_line_is_rejected(host):
    query = "select count(*) from pg_hba_file_rules where error is not null"
    assert administrator(host, query) == "0"


def test_a_declared_connection_is_let_in(host):
    assert login(host, "guestbook").rc == 0


def test_another_role_is_not(host):
    refused = login(host, "guestbook_owner", database="guestbook", password="x")
    assert "pg_hba.conf rejects connection" in refused.stderr


def test_tls_is_required_where_hostssl_was_declared(host, address):
    assert login(host, "guestbook", address=address, sslmode="require").rc == 0
    refused = login(host, "guestbook", address=address, sslmode="disable")
    assert "pg_hba.conf rejects connection" in refused.stderr


def test_the_running_server_has_read_the_file(host):
    query = "select pg_conf_load_time() >= (pg_stat_file(current_setting('hba_file'))).modification"
    assert administrator(host, query) == "t"


def test_owner_and_mode_are_the_distributions(host):
    file = host.file(administrator(host, "show hba_file"))
    assert (file.user, file.group, file.mode) == ("postgres", "postgres", 0o640)
