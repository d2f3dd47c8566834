"""The working of network policies, on which the test of the manifests relies."""

from deploy.manifests.network import OUTSIDE, Machine, lets_through

A, B = {"name": "a"}, {"name": "b"}


def policy(chosen: dict[str, object], **rules: object) -> dict[str, object]:
    types = [kind for kind in ("Ingress", "Egress") if kind.lower() in rules]
    spec = {"podSelector": chosen, "policyTypes": types, **rules}
    return {"kind": "NetworkPolicy", "metadata": {"name": str(chosen)}, "spec": spec}


OUT = policy({"matchLabels": A}, egress=[{"to": [{"podSelector": {"matchLabels": B}}], "ports": [{"port": 1}]}])
INTO = policy({"matchLabels": B}, ingress=[{"from": [{"podSelector": {"matchLabels": A}}], "ports": [{"port": 1}]}])
NOBODY = policy({}, ingress=[], egress=[])


def test_both_ends_have_to_allow_it() -> None:
    assert lets_through((NOBODY, OUT, INTO), A, B, 1)
    assert not lets_through((NOBODY, OUT), A, B, 1)
    assert not lets_through((NOBODY, INTO), A, B, 1)
    assert not lets_through((NOBODY, OUT, INTO), B, A, 1)
    assert not lets_through((NOBODY, OUT, INTO), A, B, 2)


def test_whom_no_policy_chooses_is_open_to_all() -> None:
    assert lets_through((), A, B, 1)
    assert lets_through((OUT,), A, B, 1)
    assert not lets_through((OUT,), A, B, 2)
    assert lets_through((OUT, INTO), B, A, 2)


def test_another_namespace_is_named_by_its_own_name() -> None:
    there = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    watched = policy({"matchLabels": B}, ingress=[{"from": [there], "ports": [{"port": 1}]}])
    assert lets_through((watched,), A, B, 1, namespace="monitoring")
    assert not lets_through((watched,), A, B, 1, namespace="elsewhere")
    assert not lets_through((NOBODY, watched, OUT), A, B, 1)


def test_a_block_of_addresses_is_reached_but_for_what_it_leaves_out() -> None:
    block = {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}
    named = policy({"matchLabels": A}, egress=[{"to": [{"ipBlock": block}], "ports": [{"port": 1}]}])
    assert lets_through((NOBODY, named), A, OUTSIDE, 1)
    assert not lets_through((NOBODY, named), A, Machine("10.2.3.4"), 1)
    assert not lets_through((NOBODY, named), A, Machine("2001:db8::1"), 1)
    assert not lets_through((NOBODY, named), A, B, 1), "pods are named by their labels"


def test_the_outside_is_reached_by_a_rule_without_peers() -> None:
    assert not lets_through((NOBODY, OUT), A, OUTSIDE, 1)
    assert lets_through(
        (
            NOBODY,
            policy({"matchLabels": A}, egress=[{"ports": [{"port": 1}]}]),
        ),
        A,
        OUTSIDE,
        1,
    )
