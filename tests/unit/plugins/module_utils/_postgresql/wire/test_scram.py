import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.wire.scram import (
    Scram,
    ScramError,
)

# RFC 7677, section 3.
SERVER_FIRST = (
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
)
SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


@pytest.fixture
def exchange():
    return Scram("pencil", "user", "rOprNGfwEbeRWgbNEkqO")


def test_the_exchange_of_the_standard(exchange):
    assert exchange.first() == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert exchange.final(SERVER_FIRST) == (
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    exchange.verify(SERVER_FINAL)


def test_a_server_that_does_not_know_the_password(exchange):
    exchange.final(SERVER_FIRST)
    with pytest.raises(ScramError, match="verifier"):
        exchange.verify("v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


@pytest.mark.parametrize(
    "message", ["", "r=another,s=W22Z,i=4096", "s=W22Z,i=1", "r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=x"]
)
def test_a_message_that_is_none(exchange, message):
    with pytest.raises(ScramError):
        exchange.final(message)


def test_two_exchanges_have_two_nonces():
    assert Scram("a").first() != Scram("a").first()
