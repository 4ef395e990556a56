import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import git_version

A, B, C, D = ("a" * 40, "b" * 40, "1234567" + "c" * 33, "1234567" + "d" * 33)
LISTED = git_version.references(
    f"{A}\tHEAD\n{A}\trefs/heads/main\n{C}\trefs/heads/both\n{D}\trefs/heads/abcdef0\n"
    f"{A}\trefs/tags/v1\n{B}\trefs/tags/v2\n{C}\trefs/tags/v2^{{}}\n{B}\trefs/tags/both\n"
    f"{D}\trefs/pull/7/head\n{A}\trefs/heads/release/1.0\n"
)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v1", A),
        # An annotated tag is an object of its own.
        ("v2", C),
        ("both", B),
        (D, D),
        ("f" * 40, "f" * 40),
        ("aaaaaaa", A),
        # Of two commits, and of one that is no reference.
        ("1234567", ""),
        ("fffffff", ""),
    ],
)
def test_the_commit_of_a_version(version, expected):
    assert git_version.commit(LISTED, version) == expected


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("main", f'app_version is "main", a branch, .* declare a tag, or the commit {A}, at which'),
        ("release/1.0", ", a branch"),
        # Its name could be a commit's.
        ("abcdef0", ", a branch"),
        ("HEAD", "there is no such tag"),
        ("origin/main", "there is no such tag"),
        ("refs/heads/main", "there is no such tag"),
        ("v3", "there is no such tag; did you mean v"),
        ("AAAAAAA", "there is no such tag"),
        ("aaaaaa", "there is no such tag"),
    ],
)
def test_what_is_no_version(version, message):
    with pytest.raises(git_version.VersionError, match=message):
        git_version.commit(LISTED, version)
