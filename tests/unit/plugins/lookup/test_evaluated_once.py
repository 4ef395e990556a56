import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.flaskops.stack.plugins.lookup import evaluated_once


def trust(value):
    """Strings as they are when they come from a file of variables."""
    if isinstance(value, dict):
        return {key: trust(item) for key, item in value.items()}
    if isinstance(value, list):
        return [trust(item) for item in value]
    return trust_as_template(value) if isinstance(value, str) else value


def evaluate(variables, name="wanted"):
    templar = Templar(loader=DataLoader(), variables=variables)
    lookup = evaluated_once.LookupModule(loader=DataLoader(), templar=templar)
    return lookup.run([name], variables)[0]


@pytest.mark.parametrize(
    "variables",
    [
        {"wanted": "plain"},
        {"wanted": 5},
        {"wanted": None},
        {"a": "x", "b": "{{ a }}", "wanted": "{{ b }}-{{ b }}/{{ a }}"},
        {"a": 5, "wanted": "{{ a }}"},
        {"a": 5, "wanted": "number {{ a }}"},
        {"a": True, "wanted": "{{ a }}"},
        {"a": True, "wanted": "is {{ a }}"},
        {"a": None, "wanted": "nothing {{ a }}"},
        {"a": "5", "wanted": "{{ a }}"},
        {"a": [1, "{{ b }}"], "b": "x", "wanted": "{{ a }}"},
        {"a": [1, 2], "wanted": "list {{ a }}"},
        {"a": "x", "wanted": ["{{ a }}", {"key": "{{ a }}", "{{ a }}": 1}]},
        {"a": "x", "wanted": "{{ a }}\n"},
        {"a": "x", "wanted": "first\n{{ a }}\n\n"},
        {"a": "x", "wanted": "{# no {{ a }} #}{{ a }}"},
        {"a": "x", "wanted": "{{a}} {{ a | upper }}"},
        {"a": "x", "wanted": "{% raw %}{{ a }}{% endraw %}"},
        {"a": "{{ b }}", "b": {"c": ["{{ d }}"]}, "d": "x", "wanted": "{{ a.c[0] }} {{ a['c'] }}"},
        # What is not needed may be wrong.
        {"a": "{{ no_such_name }}", "wanted": "{{ a if false else 'x' }}"},
        {"a": "{{ no_such_name }}", "wanted": "{{ a | default('x') }}"},
        {"a": "{{ 1 / 0 }}", "wanted": "{{ 'b' if true else a }}"},
        {"a": "{{ wanted }}", "wanted": "{{ 'x' if true else a }}"},
        # A name of the template's own hides the variable.
        {"a": "{{ b }}", "b": "x", "wanted": "{% for a in [1, 2] %}{{ a }}{% endfor %}"},
        {"a": "{{ b }}", "b": "x", "wanted": "{% set b = 'y' %}{{ a }}{{ b }}"},
        {"upper": "x", "wanted": "{{ 'y' | upper }}"},
    ],
)
def test_the_value_is_the_one_that_ansible_gives(variables):
    variables = trust(variables)
    expected = Templar(loader=DataLoader(), variables=variables).template(variables["wanted"])
    assert evaluate(variables) == expected


def rule(ok, message="{{ name }} is wrong"):
    return {"ok": ok, "message": message}


RULES = [
    ([], []),
    ([rule("{{ name == 'x' }}")], [""]),
    ([rule("{{ name != 'x' }}"), rule("{{ true }}")], ["x is wrong", ""]),
    # A message is of no matter where its rule is kept.
    ([rule("{{ a is defined or b }}", "{{ no_such_name }}")], [""]),
    ([rule("{{ [1, 2] | max == 2 and\n  name in ['x'] }}"), rule(False, "no")], ["", "no"]),
    ([rule("{{ name is regex('^[a-z]{1,3}$') }}"), rule("{{ [] }}")], ["", "x is wrong"]),
]


@pytest.mark.parametrize(("rules", "messages"), RULES)
def test_a_rule_says_what_is_wrong_where_it_is_broken(rules, messages):
    variables = trust({"name": "x", "b": True, "rules": rules})
    found = evaluate({**variables, "wanted": trust("{{ rules | rejectattr('ok') | list }}")})
    assert [each["message"] for each in found] == [text for text in messages if text]


def test_what_is_no_template_by_its_origin_stays_as_it_is():
    variables = {**trust({"wanted": "{{ a }} {{ b }}", "b": "x"}), "a": "{{ b }}"}
    assert evaluate(variables) == "{{ b }} x"


def test_each_variable_is_evaluated_once():
    variables = {"a": "{{ 1000000000 | random }}", "b": "{{ a }}", "wanted": ["{{ a }}", "{{ b }}"]}
    first, second = evaluate(trust(variables))
    assert first == second


@pytest.mark.parametrize("template", ["{{ no_such_name }}", "{{ 1 / 0 }}", "{{ wanted }}", "{{ a"])
def test_an_error_is_ansibles(template):
    with pytest.raises(AnsibleError):
        evaluate(
            trust(
                {"a": template, "wanted": "{{ a }} and more" if template[-1] != "a" else template}
            )
        )


def test_a_name_that_nobody_has_declared_is_named():
    with pytest.raises(AnsibleError, match="no variable wanted"):
        evaluate({"a": "x"})
