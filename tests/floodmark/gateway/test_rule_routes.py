"""The rules are shown, and others are checked."""

from processors.rules import load
from tests.floodmark.gateway.asking import ask, get
from tests.floodmark.gateway.topic_kit import gateway


def test_the_rules_are_shown_and_others_can_be_checked() -> None:
    rules = load()
    app = gateway(rules=lambda: rules)
    found = get(app, "/v1/rules").json()
    assert (found["name"], found["version"], len(found["rules"])) == (rules.name, rules.version, len(rules.rules))
    good = ask(
        app,
        "POST",
        "/v1/rules/check",
        content=b'[[rule]]\nname = "a"\nmethod = "count"\nkeys = ["failed"]\nabove = 5\n',
    )
    assert (good.json()["usable"], good.json()["rules"]) == (True, 1), good.text
    bad = ask(app, "POST", "/v1/rules/check", content=b"[[rule]]\nname = 5\n").json()
    assert not bad["usable"]
    assert bad["error"].startswith("rules.toml:")
    assert get(gateway(), "/v1/rules").status_code == 503


def test_a_rule_file_that_names_a_file_of_this_machine_is_not_read() -> None:
    app = gateway()
    for raw in (
        b'[[rule]]\nname="a"\nmethod="isolation_forest"\n',
        b'[[rule]]\nname="a"\nmethod="x"\nmodel="/etc/passwd"\n',
    ):
        answer = ask(app, "POST", "/v1/rules/check", content=raw).json()
        assert (answer["usable"], "model file" in answer["error"]) == (False, True)
    assert ask(app, "POST", "/v1/rules/check", content=b"x" * 300_000).status_code == 413
