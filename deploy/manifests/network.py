"""What the network policies of an overlay let through, worked out as a cluster would."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from deploy.manifests.render import Resource, of_kind

Labels = Mapping[str, str]


class Machine(dict[str, str]):
    """No pod of ours: a machine at an address."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = ip_address(address)


OUTSIDE: Labels = Machine("203.0.113.7")
"""Somewhere in the world."""


def lets_through(
    resources: tuple[Resource, ...], source: Labels, target: Labels, port: int | str, *, namespace: str = ""
) -> bool:
    """Whether pods with the source's labels reach a port of pods with the target's.

    `namespace` names another namespace from which the source comes; what a machine lets in is its own affair.
    """
    out = bool(namespace) or _allowed(resources, "Egress", "to", source, target, "", port)
    into = isinstance(target, Machine) or _allowed(resources, "Ingress", "from", target, source, namespace, port)
    return out and into


def _allowed(
    resources: tuple[Resource, ...], way: str, peers: str, own: Labels, other: Labels, namespace: str, port: int | str
) -> bool:
    """Whether one end allows it. A pod that no policy chooses for this way allows everything."""
    policies = [each["spec"] for each in of_kind(resources, "NetworkPolicy").values()]
    chosen = [each for each in policies if way in each["policyTypes"] and fits(each["podSelector"], own)]
    rules = [rule for each in chosen for rule in each.get(way.lower(), ())]
    return not chosen or any(_names(rule.get(peers), other, namespace, port, rule) for rule in rules)


def fits(selector: Resource, labels: Labels) -> bool:
    """Whether a label selector chooses these labels."""
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    return wanted and all(_holds(each, labels) for each in selector.get("matchExpressions", ()))


def _holds(expression: Resource, labels: Labels) -> bool:
    if expression["operator"] != "In":
        raise NotImplementedError(f"the operator {expression['operator']} is not used in our manifests")
    return labels.get(expression["key"]) in expression["values"]


def _names(
    peers: Sequence[Resource] | None, labels: Labels, namespace: str, port: int | str, rule: Mapping[str, Any]
) -> bool:
    """Whether a rule names this peer and this port; a rule without peers is open to all."""
    if port not in [each["port"] for each in rule.get("ports", ())]:
        return False
    if peers is None:
        return True
    return any(_is(peer, labels, namespace) for peer in peers)


def _is(peer: Resource, labels: Labels, namespace: str) -> bool:
    if "namespaceSelector" in peer:
        there = {"kubernetes.io/metadata.name": namespace}
        return bool(namespace) and fits(peer["namespaceSelector"], there)
    if "ipBlock" in peer:
        return isinstance(labels, Machine) and _within(peer["ipBlock"], labels)
    return not namespace and not isinstance(labels, Machine) and fits(peer["podSelector"], labels)


def _within(block: Mapping[str, Any], machine: Machine) -> bool:
    """Whether a machine's address is of a block, and of none that the block leaves out."""
    left_out = any(machine.address in ip_network(each) for each in block.get("except", ()))
    return machine.address in ip_network(block["cidr"]) and not left_out
