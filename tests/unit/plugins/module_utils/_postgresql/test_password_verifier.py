import base64
import hashlib
import hmac

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.password_verifier import (
    judge,
    make,
    prepare,
)

# Verifiers that PostgreSQL 15 made.
VERIFIERS = {
    "simple": (
        "SCRAM-SHA-256$4096:dyhni8Ut8auc4ikrOdCjig==$gORPfrASy+acqICc"
        "qeRdiSrqXDIwr39C6r7djkvSsaI=:fsVtx75mJRJUL7uZ7Jdwd9txui1eUs0UkPm9U2CZUA0="
    ),
    "p@ss:w/o#r%d? \xe9'\"\\x & `$HOME`": (
        "SCRAM-SHA-256$4096:XPNF1yPFyX03sBukMR5JHg==$CJK015sFg0xx0M5T"
        "cNrsxoYbaML5HG0imwIoXVlSDes=:mngUq2sZbwtX1NJskA3THoNotvG4dLJt7BQTwz/HTRY="
    ),
    "\u2168\xaa\xad": (
        "SCRAM-SHA-256$4096:lj34Ibezjy1q3URYm+FB0g==$a8rZKh6oGaEDSt2w"
        "1CqIqFTkafs7v61XFGORjEVLlJg=:Epy2vMypOkbFdeaAxcffI8yUFAT/n9Qj7CwvsasWRRQ="
    ),
    "a\xa0b": (
        "SCRAM-SHA-256$4096:Z1XOm1weRpULRlVsotozOw==$OrDwjeaQo1wBXSny"
        "n/al9yIw3eWaRCdk2qX5gfFWwO4=:FvYiMaEs0aJLBmcqEpFpgIqW/SeDk9P91KP9TwzsAMk="
    ),
    "\xfcn\xef\x07": (
        "SCRAM-SHA-256$4096:2yNmya9XDmP65B/Rg/BGQA==$CkL7YcTEUZmtrzjv"
        "cT/WNnoU8xTAl7KeUH6iOTFE1gA=:7q1wBOs/bJdfT4FFvdlxHY396EcfZOtV+ArnvoCEmpA="
    ),
    "\u06271": (
        "SCRAM-SHA-256$4096:BH/6QUjQH49vep2CVdJx6g==$IyK/eQjmnPTqD0jx"
        "aTWwOo3OKhAu/NhREl4xm6Lg01A=:pjOaTSE7359JbGIYp2R1yWLd1EXs6tYtuYhk/UwcTr0="
    ),
    "\u65e5\u672c\u8a9e": (
        "SCRAM-SHA-256$4096:zt7iKLV23laKAPv5gW5xsQ==$Q6GtBIot7iZ0rvDu"
        "X1fB/SIBULSDbtFO3j+PxIbhvSk=:gyKifYnekYUXagtWVyCibka3PrRXHqr4us+++GxQnMc="
    ),
    # PostgreSQL 17, with one iteration: what its SASLprep does otherwise than RFC 4013 says.
    "a\u200bb": (
        "SCRAM-SHA-256$1:C+3fN0sx/cQxGOIXcu9oPg==$4iUbx6QTr8K6d+tebSYof8S"
        "KCXn4/zQ1NLnxnYXsfr0=:bX1eilSoz9dlYUuV8bGqwQsLg12HnHeYRyWU7rZVkwY="
    ),
    "a\u0340b": (
        "SCRAM-SHA-256$1:tnFQI579yc0cAqJ2wuW4rA==$NOuzilviyAIzyVuS9BW3+Fe"
        "Zi4yVpGo/3jeeNLgDqWg=:03/SuMFw8NFPCPlwR2qrJ1RaY30yXvqv+iCce3Ao9/o="
    ),
    "a\xadb": (
        "SCRAM-SHA-256$1:B2Lhu9Gy9qO5gNHTZXO1KA==$RHEiFp8OeX8ZT4xHdt1e+nn"
        "+Ph0ZNBYg1iuVS9WXM3w=:PnR9Iye9JwVZ7KcCGcEL0OXLc+pyBYE9PKYOYqS0CJs="
    ),
    "\xad": (
        "SCRAM-SHA-256$1:bC3o1+uWahqXwLYd1+3Xvg==$k3GICYEC4C8pfUmABeaNdlD"
        "rIAQD1waIU4ZU/bKTwYA=:jr/he6vEG8jRuoU96raIe6gtkzluAKqpjQ28/l5wSag="
    ),
    "\u2168": (
        "SCRAM-SHA-256$1:q2uwBzZBD3EGkZLOQbfRXA==$lmOyIdyCwPXWRNTN1gItyoc"
        "przTgRZ7WVrZBJRFxoRM=:2z9raEG9vRHprzWQojRvxfPFYxR+4zclD0HuOHxvrRA="
    ),
    "\u05d0b": (
        "SCRAM-SHA-256$1:+bxO+KWpearUreNvoRAg8A==$NeI1nHaAV+NEA1EECJlWUYv"
        "gQlDuav+FXiBZKXX16b8=:5lSifQu0iuHPtIsCwOGoZsWkC8vMdX5vyhF7JuUK8go="
    ),
    "\u05d0b\u05d0": (
        "SCRAM-SHA-256$1:PlCgRwbiU4kLnJxMPKUBEw==$YukOLz0cZ2A0lmdduzVCpt7"
        "LLatftC56BmLOQjgA078=:C2riBUdwFR5Hp2bLWOJg7VBhu6oYAs3o9NN0Uv+KuNw="
    ),
    "\u05d01\u05d0": (
        "SCRAM-SHA-256$1:RxPOuMVhHYceDOmlVOgbUQ==$CvG+8jFPDrrwfI8uz5O32p4"
        "NsI1SJ0MAf7yVLUeSqkM=:rYwy5PLPWlq9z8XNAnTZKdTx+0STYRYZgkyf/JUbPdg="
    ),
    "\u05d01": (
        "SCRAM-SHA-256$1:/hgERYaLOsgmnd04K/G3ow==$J+Uc1atCRhgOzdqbd8pE1RY"
        "gJ1/u+I2Na2pXM9pZeq0=:p3LgG45QLG2cSRbQQKTX9U5HU5J88vRrjHW74FG8wEI="
    ),
    "a\ufffeb": (
        "SCRAM-SHA-256$1:S5uSvrMGMzbLwsxPya2VIg==$9JT/qvA+GeQlxkOF2Zk6INi"
        "dQkAmi4VTfi3zs2OThsI=:qcJFLfxYFpDIXZbEFn+DwzcnB7/JJUZXFGiJ7+eE528="
    ),
    "a\u0221b": (
        "SCRAM-SHA-256$1:v+iHMdo3UfYIIeSLP2rKXg==$AqduNqAG22CMYI+O/i7i/NI"
        "jgLlvVMQzTpFq2t9Pu64=:B5ZYxGHCy3fV1nn5dM+O/Bpgsmo/7bFz+XgLtrZrC4Q="
    ),
    "\u212bngstr\xf6m": (
        "SCRAM-SHA-256$1:cfk/BKTLmCxQ9qBFbUddjQ==$haimmn7aGxxeJbKN1Lg45iM"
        "NuViui2tgdLafWUw2RVA=:SVaDkjUu9CnK6hgfdEghRLWip7TJmu6Qzo0NbBdYTOg="
    ),
    "\u1e9b\u0323": (
        "SCRAM-SHA-256$1:rhooVAQmc+6ZaPxkwhKa5Q==$/yXKnbceOCBKyuIkaDLs0ae"
        "bPzyuRrQKJT77wwXYYys=:KKTnQfcfWgbn2DttYzGssV79guwDPayAEaXuZI+Yme0="
    ),
}


@pytest.mark.parametrize(("password", "verifier"), VERIFIERS.items())
def test_postgresqls_own_verifier(password, verifier):
    assert judge(verifier, password) is None
    assert judge(verifier, password + "x") == "another password"


@pytest.mark.parametrize(
    ("verifier", "words"),
    [
        (None, "no password is set"),
        ("md5" + hashlib.md5(b"xshop").hexdigest(), "stored as MD5"),  # noqa: S324
        ("plain", "stored in an unknown format"),
        ("SCRAM-SHA-256$4096:?$:", "another password"),
        ("SCRAM-SHA-256$", "another password"),
    ],
)
def test_other_verifiers(verifier, words):
    assert judge(verifier, "x") == words


# RFC 4013, 3, and what PostgreSQL takes as it is.
@pytest.mark.parametrize(
    ("password", "prepared"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
        ("x\u0007", "x\u0007"),
        ("é\u0007", "é\u0007"),
        ("\u0627\u0031", "\u0627\u0031"),
        ("\u0627b\u0628", "\u0627b\u0628"),
        ("\u0627\u0628", "\u0627\u0628"),
    ],
)
def test_saslprep(password, prepared):
    assert prepare(password) == prepared


@pytest.mark.parametrize(
    "password",
    [
        "plain",
        "two words",
        "p@ss:w/o#rd%d? é'\"\\x & `$HOME`",
        "0f" * 40,
        "SCRAM-SHA-256$a",
        "\u00aa",
        "\u2168",
    ],
)
def test_a_verifier_belongs_to_its_password(password):
    verifier = make(password)
    assert password not in verifier
    assert judge(verifier, password) is None
    assert judge(verifier, password + "x") == "another password"
    assert make(password) != verifier


def test_the_verifier_of_rfc_7677():
    """Its example: user and password pencil, and the server's signature for its messages."""
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    verifier = make("pencil", salt)
    server_key = base64.b64decode(verifier.rpartition(":")[2])
    server_first = (
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    )
    nonce = server_first[2:].partition(",")[0]
    message = f"n=user,r=rOprNGfwEbeRWgbNEkqO,{server_first},c=biws,r={nonce}"
    signature = hmac.new(server_key, message.encode(), hashlib.sha256).digest()
    assert base64.b64encode(signature) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
