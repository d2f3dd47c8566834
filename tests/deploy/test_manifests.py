"""The manifests against the code: every setting, secret, port, queue and identity is in both, or in neither."""

import base64
import importlib
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from deploy.manifests import generated
from deploy.manifests.network import OUTSIDE, Machine, fits, lets_through
from deploy.manifests.render import K8S, OVERLAYS, Resource, of_kind, plain, pod_of, render
from deploy.setup import development
from deploy.setup.officers import AUTHORITY
from shared.messaging.access import SERVICES
from shared.messaging.speakers import Speakers, user_of
from shared.messaging.topology import HEARS, queue_name
from shared.running.health import health_routes
from shared.running.settings import SECRETS, Settings
from shared.signing.credentials import Trusted
from tests.architecture.test_rules import parts

WORKLOADS = ("Deployment", "StatefulSet", "Job", "CronJob")
PART = {"app.kubernetes.io/part-of": "everyday-counts"}
COMPOSE = yaml.safe_load((K8S.parent / "compose.yaml").read_text())["services"]


def settings_of(service: str) -> list[type[BaseSettings]]:
    """The settings of a service: the classes in its settings.py, or those that every service has."""
    try:
        module = importlib.import_module(f"services.{service}.settings")
    except ModuleNotFoundError:
        return [Settings]
    every = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, BaseSettings)]
    return [each for each in every if each.__module__ == module.__name__]


def fields(service: str) -> dict[str, FieldInfo]:
    """Every variable of a service, and what the code says of it."""
    return {
        f"{each.model_config['env_prefix']}{name.upper()}": field
        for each in settings_of(service)
        for name, field in each.model_fields.items()
    }


def optional(service: str) -> set[str]:
    """What a deployment may leave out, because nothing is meant when it is: such as the movable clock's file."""
    return {name for name, field in fields(service).items() if field.default is None}


def pod(overlay: str, service: str) -> Resource:
    return pod_of(of_kind(render(overlay), "Deployment")[service])


def main(overlay: str, service: str) -> Resource:
    [container] = pod(overlay, service)["spec"]["containers"]
    return dict(container)


def told(overlay: str, service: str) -> dict[str, str]:
    """What the ConfigMaps of a service's pod say."""
    names = [source["configMapRef"]["name"] for source in main(overlay, service)["envFrom"]]
    maps = of_kind(render(overlay), "ConfigMap")
    return {key: value for name in names for key, value in maps[name].get("data", {}).items()}


def secrets(overlay: str, workload: Resource) -> dict[str, str]:
    """What the secret that a pod reads its settings from says, by variable (in production: as a template)."""
    spec = pod_of(workload)["spec"]
    [name] = [each["secret"]["secretName"] for each in spec["volumes"] if each["name"] == "secrets"]
    if overlay == "dev":
        data = of_kind(render(overlay), "Secret")[name]["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}
    return dict(of_kind(render(overlay), "ExternalSecret")[name]["spec"]["target"]["template"]["data"])


def of_service(overlay: str, service: str) -> dict[str, str]:
    return secrets(overlay, of_kind(render(overlay), "Deployment")[service])


def every_pod() -> list[Any]:
    return [
        pytest.param(overlay, each, id=f"{overlay}-{each['kind']}-{each['metadata']['name']}")
        for overlay in OVERLAYS
        for each in of_kind(render(overlay), *WORKLOADS).values()
    ]


def every_service() -> list[Any]:
    return [pytest.param(overlay, service, id=f"{overlay}-{service}") for overlay in OVERLAYS for service in SERVICES]


@pytest.mark.parametrize("path", generated.files(), ids=lambda path: path.name)
def test_what_is_written_from_the_code_is_current(path) -> None:
    assert path.read_text() == generated.files()[path], "run `make contracts`, and review the difference"


@pytest.mark.parametrize(("overlay", "service"), every_service())
def test_every_setting_is_given_and_every_given_one_is_a_setting(overlay: str, service: str) -> None:
    given = told(overlay, service).keys() | of_service(overlay, service).keys()
    assert given - fields(service).keys() == set(), "no such setting in the code"
    assert fields(service).keys() - given - optional(service) == set(), f"to be given in base/{service} or secrets"


@pytest.mark.parametrize(("overlay", "service"), every_service())
def test_what_is_given_is_taken_by_the_code(overlay: str, service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in fields(service):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**told(overlay, service), **of_service(overlay, service)}.items():
        monkeypatch.setenv(name, value)
    taken = {name: value for each in settings_of(service) for name, value in each().model_dump().items()}
    assert (taken["http_host"], taken["log_format"]) == ("0.0.0.0", "json")


@pytest.mark.parametrize("service", SERVICES)
def test_compose_gives_every_setting_that_has_to_be_given_and_no_other(service: str) -> None:
    given = COMPOSE[service]["environment"]
    assert given.keys() - fields(service).keys() == set()
    assert {name for name, field in fields(service).items() if field.is_required()} <= given.keys()
    for name, value in of_service("dev", service).items():
        assert given[name] == value, "the same identity and password as in the development overlay"


@pytest.mark.parametrize(("overlay", "service"), every_service())
def test_secrets_are_no_plain_settings(overlay: str, service: str) -> None:
    secret = {name for name in fields(service) if re.search("KEY|PASSWORD|TOKEN|AMQP_URL|MONGO_URL", name)}
    assert of_service(overlay, service).keys() == secret


@pytest.mark.parametrize(("overlay", "service"), every_service())
def test_secrets_lie_where_the_code_looks_for_them(overlay: str, service: str) -> None:
    mounts = {each["name"]: each["mountPath"] for each in main(overlay, service)["volumeMounts"]}
    assert mounts["secrets"] == str(SECRETS)


@pytest.mark.parametrize(("overlay", "service"), every_service())
def test_ports_and_probes_are_those_of_the_code(overlay: str, service: str) -> None:
    container = main(overlay, service)
    assert container["args"] == [f"services.{service}.app"]
    assert container["ports"] == [{"name": "http", "containerPort": int(told(overlay, service)["EVERYDAY_HTTP_PORT"])}]
    paths = {route.path for route in health_routes({})}  # type: ignore[attr-defined]
    probes = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "startupProbe": "/live", "livenessProbe": "/live", "readinessProbe": "/ready",
    }  # fmt: skip
    assert {probe["path"] for probe in probes.values()} <= paths
    assert {probe["port"] for probe in probes.values()} == {"http"}
    [port] = of_kind(render(overlay), "Service")[service]["spec"]["ports"]
    assert port["targetPort"] == "http"


@pytest.mark.parametrize(("overlay", "service"), every_service())
def test_a_pod_gets_more_than_twice_the_time_in_which_handlers_finish(overlay: str, service: str) -> None:
    graceful = float(told(overlay, service)["EVERYDAY_GRACEFUL_TIMEOUT"])
    assert pod(overlay, service)["spec"]["terminationGracePeriodSeconds"] > 2 * graceful


@pytest.mark.parametrize(("overlay", "service"), every_service())
def test_a_service_has_what_selects_it(overlay: str, service: str) -> None:
    resources, labels = render(overlay), pod(overlay, service)["metadata"]["labels"]
    deployment = of_kind(resources, "Deployment")[service]["spec"]
    assert deployment["selector"]["matchLabels"].items() <= labels.items()
    assert of_kind(resources, "Service")[service]["spec"]["selector"].items() <= labels.items()
    assert fits(of_kind(resources, "PodDisruptionBudget")[service]["spec"]["selector"], labels)
    for spread in pod(overlay, service)["spec"]["topologySpreadConstraints"]:
        assert fits(spread["labelSelector"], labels)
        assert spread["labelSelector"]["matchLabels"]["app.kubernetes.io/name"] == service
    account = pod(overlay, service)["spec"]["serviceAccountName"]
    assert of_kind(resources, "ServiceAccount")[account]["automountServiceAccountToken"] is False
    if overlay == "production":
        scaled = of_kind(resources, "ScaledObject")[service]["spec"]
        assert scaled["scaleTargetRef"]["name"] == service
        assert scaled["minReplicaCount"] >= 2
        assert "replicas" not in deployment, "KEDA says how many"


@pytest.mark.parametrize("service", SERVICES)
def test_every_queue_of_a_service_counts_once_for_its_size(service: str) -> None:
    triggers = of_kind(render("production"), "ScaledObject")[service]["spec"]["triggers"]
    patterns = [each["metadata"]["queueName"] for each in triggers]
    queues = {queue_name(name, message): name for name, heard in HEARS.items() for message in heard}
    for queue, owner in queues.items():
        counted = sum(bool(re.search(pattern, queue)) for pattern in patterns)
        assert counted == (owner == service), queue


@pytest.mark.parametrize(("overlay", "workload"), every_pod())
def test_every_pod_is_restricted(overlay: str, workload: Resource) -> None:
    spec = pod_of(workload)["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] >= 10000
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
        assert set(container["resources"]) == {"requests", "limits"}
        assert not container.get("env") or not any("valueFrom" in each for each in container["env"])
    allowed = {"secret", "configMap", "emptyDir", "projected", "persistentVolumeClaim"}
    assert all(allowed & set(volume) for volume in spec.get("volumes", ()))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_namespace_holds_pods_to_it(overlay: str) -> None:
    [namespace] = of_kind(render(overlay), "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize(("overlay", "workload"), every_pod())
def test_images_are_named_with_a_version_or_a_digest(overlay: str, workload: Resource) -> None:
    for container in pod_of(workload)["spec"]["containers"]:
        assert re.fullmatch(r"[a-z0-9./-]+(:(?!latest)[\w.-]+|@sha256:[0-9a-f]{64})", container["image"])


@pytest.mark.parametrize(("overlay", "workload"), every_pod())
def test_every_secret_setting_and_volume_that_a_pod_names_is_there(overlay: str, workload: Resource) -> None:
    resources = render(overlay)
    made = set(of_kind(resources, "Secret"))
    made |= {each["spec"]["target"]["name"] for each in of_kind(resources, "ExternalSecret").values()}
    made |= {each["spec"]["secretName"] for each in of_kind(resources, "Certificate").values()}
    for cluster in of_kind(resources, "PerconaServerMongoDB").values():
        made |= set(cluster["spec"]["secrets"].values())
    maps = of_kind(resources, "ConfigMap").keys()
    spec = pod_of(workload)["spec"]
    for volume in spec.get("volumes", ()):
        sources = [volume, *volume.get("projected", {}).get("sources", ())]
        for source in sources:
            secret = source.get("secret", {})
            assert secret.get("secretName", secret.get("name", "")) in {*made, ""}, volume
            assert source.get("configMap", {}).get("name") in {*maps, None}, volume
    volumes = {each["name"] for each in spec.get("volumes", ())}
    volumes |= {each["metadata"]["name"] for each in workload["spec"].get("volumeClaimTemplates", ())}
    for container in spec["containers"]:
        assert {each["configMapRef"]["name"] for each in container.get("envFrom", ())} <= maps
        assert {each["name"] for each in container.get("volumeMounts", ())} == volumes


@pytest.mark.parametrize(("overlay", "service"), [*every_service(), ("dev", "topology"), ("production", "topology")])
def test_everybody_logs_in_as_itself(overlay: str, service: str) -> None:
    secret = secrets(overlay, of_kind(render(overlay), "Deployment", "Job")[service])
    password = {"dev": development.passwords().get(service, "")}
    amqp = urlsplit(secret["EVERYDAY_AMQP_URL"])
    assert (amqp.username, amqp.password) == (service, password.get(overlay, "{{ .rabbitmq }}"))
    assert amqp.scheme == ("amqp" if overlay == "dev" else "amqps")
    if service in SERVICES:
        mongo = urlsplit(re.sub(r",[^/]*", "", secret["EVERYDAY_MONGO_URL"]))
        assert (mongo.username, mongo.password) == (service, password.get(overlay, "{{ .mongodb }}"))
        assert f"authSource={service}" in mongo.query
        assert ("tls=true" in mongo.query) is (overlay == "production")


def test_the_laptops_key_is_the_same_wherever_it_stands() -> None:
    key = base64.b64decode(plain("mongodb", render("dev"), "Secret")["data"]["key"]).decode()
    assert key == development.KEY
    assert development.KEY in COMPOSE["mongodb"]["command"][-1]


def broker_and_store(overlay: str) -> tuple[int, dict[str, str], dict[str, str]]:
    """RabbitMQ's port, and the labels of the two servers' pods, which in production their operators give."""
    port = urlsplit(of_service(overlay, "notices")["EVERYDAY_AMQP_URL"]).port or 0
    return port, {"app.kubernetes.io/component": "rabbitmq"}, {"app.kubernetes.io/component": "mongod"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_network_lets_through_what_is_needed_and_nothing_else(overlay: str) -> None:
    resources = render(overlay)
    port, rabbitmq, mongod = broker_and_store(overlay)
    labels = {service: pod(overlay, service)["metadata"]["labels"] for service in SERVICES}
    topology = pod_of(of_kind(resources, "Job")["topology"])["metadata"]["labels"]
    stranger = {"app.kubernetes.io/name": "stranger"}
    for service, own in labels.items():
        assert lets_through(resources, own, rabbitmq, port)
        assert lets_through(resources, own, mongod, 27017)
        assert lets_through(resources, stranger, own, "http", namespace="monitoring")
        assert not lets_through(resources, stranger, own, "http")
        assert not lets_through(resources, stranger, own, "http", namespace="elsewhere")
        assert not any(lets_through(resources, own, other, "http") for other in labels.values())
        assert lets_through(resources, own, OUTSIDE, 443) is (service == "notifications")
        assert not lets_through(resources, own, OUTSIDE, 27017)
    assert lets_through(resources, topology, rabbitmq, port)
    assert not lets_through(resources, topology, mongod, 27017)
    assert not lets_through(resources, stranger, rabbitmq, port)
    assert not lets_through(resources, stranger, mongod, 27017)
    assert not lets_through(resources, stranger, OUTSIDE, 443)
    assert not lets_through(resources, stranger, stranger, 80, namespace="elsewhere")


PRIVATE = [
    "10.0.0.1", "10.96.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "169.254.169.254", "127.0.0.1", "0.0.0.0",
    "100.64.0.1", "100.100.100.200", "224.0.0.1", "255.255.255.255", "::1", "fc00::1", "fd00:ec2::254", "fe80::1",
    "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "ff02::1",
]  # fmt: skip
"""Of private networks, of a node itself, of a cloud's metadata, written as IPv6 too."""


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_pod_reaches_an_address_that_is_not_public(overlay: str) -> None:
    resources = render(overlay)
    rules = [rule for each in of_kind(resources, "NetworkPolicy").values() for rule in each["spec"].get("egress", ())]
    ports = {port["port"] for rule in rules for port in rule["ports"]}
    assert all(rule.get("to") for rule in rules), "a rule without peers is open to all"
    for each in resources:
        if each["kind"] in WORKLOADS:
            own = pod_of(each)["metadata"]["labels"]
            reached = [
                (at, port) for at in PRIVATE for port in ports if lets_through(resources, own, Machine(at), port)
            ]
            assert reached == [], each["metadata"]["name"]
    own = pod(overlay, "notifications")["metadata"]["labels"]
    assert all(lets_through(resources, own, Machine(at), 443) for at in ("203.0.113.7", "172.15.0.1", "2606:4700::1"))


def test_the_stand_ins_are_reached_at_the_ports_at_which_they_listen() -> None:
    resources = render("dev")
    for name, variable in (("notify", "EVERYDAY_NOTIFY_URL"), ("mail", "EVERYDAY_SMTP_PORT")):
        stand_in = pod("dev", name)
        [port] = stand_in["spec"]["containers"][0]["ports"]
        assert f"--port={port['containerPort']}" in stand_in["spec"]["containers"][0]["args"]
        assert told("dev", "notifications")[variable].endswith(str(port["containerPort"]))
        own = pod("dev", "notifications")["metadata"]["labels"]
        assert lets_through(resources, own, stand_in["metadata"]["labels"], port["containerPort"])
        other = pod("dev", "notices")["metadata"]["labels"]
        assert not lets_through(resources, other, stand_in["metadata"]["labels"], port["containerPort"])


def test_in_production_mail_leaves_by_the_port_that_is_set() -> None:
    own = pod("production", "notifications")["metadata"]["labels"]
    assert lets_through(
        render("production"), own, OUTSIDE, int(told("production", "notifications")["EVERYDAY_SMTP_PORT"])
    )


async def test_the_ingress_leads_to_public_routes_and_never_to_health_or_figures() -> None:
    resources = render("production")
    [ingress] = of_kind(resources, "Ingress").values()
    [rule] = ingress["spec"]["rules"]
    led = {each["path"]: each["backend"]["service"] for each in rule["http"]["paths"]}
    assert all(path == f"/{service['name']}" and service["name"] in SERVICES for path, service in led.items())
    public = {service for service in SERVICES if parts(service).routes}
    assert public <= {service["name"] for service in led.values()}
    for service in led.values():
        labels = pod("production", service["name"])["metadata"]["labels"]
        assert lets_through(resources, {}, labels, "http", namespace="ingress")
        assert service["port"] == {"name": of_kind(resources, "Service")[service["name"]]["spec"]["ports"][0]["name"]}
        if "EVERYDAY_PUBLIC_URL" in told("production", service["name"]):
            address = told("production", service["name"])["EVERYDAY_PUBLIC_URL"]
            assert address == f"https://{rule['host']}/{service['name']}"
    assert [tls["hosts"] for tls in ingress["spec"]["tls"]] == [[rule["host"]]]


def test_the_retry_ladder_of_services_and_topology_is_the_same() -> None:
    for overlay in OVERLAYS:
        [job] = pod_of(of_kind(render(overlay), "Job")["topology"])["spec"]["containers"]
        shared = {main(overlay, service)["envFrom"][0]["configMapRef"]["name"] for service in SERVICES}
        assert {each["configMapRef"]["name"] for each in job["envFrom"]} == shared


@pytest.mark.parametrize("identity", ["casework", "operator"])
def test_a_person_at_a_desk_logs_in_as_its_identity_and_reads_as_the_reader(identity: str) -> None:
    resources = render("production")
    desk = of_kind(resources, "Deployment")[identity]
    secret = secrets("production", desk)
    data = of_kind(resources, "ExternalSecret")[identity]["spec"]["data"]
    assert urlsplit(secret["EVERYDAY_AMQP_URL"]).username == identity
    assert secret["EVERYDAY_MONGO_URL"].startswith("mongodb://reader:")
    assert [each["remoteRef"]["property"] for each in data] == [identity, "reader"]
    assert desk["spec"]["replicas"] == 0
    port, broker, store = broker_and_store("production")
    labels = pod_of(desk)["metadata"]["labels"]
    assert lets_through(resources, labels, broker, port)
    assert lets_through(resources, labels, store, 27017)
    assert not lets_through(resources, labels, OUTSIDE, 443)


@pytest.mark.parametrize("service", SERVICES)
def test_in_every_deployment_only_officers_with_a_credential_decide(service: str) -> None:
    """Nobody's word is enough unsigned (decision 50), and production believes no authority but its own."""
    assert COMPOSE[service]["environment"]["EVERYDAY_OFFICERS"] == "/run/officers/officers.json"
    assert "./k8s/overlays/dev/officers.json:/run/officers/officers.json:ro" in COMPOSE[service]["volumes"]
    for overlay in OVERLAYS:
        given = told(overlay, service) | of_service(overlay, service)
        assert given["EVERYDAY_OFFICERS"] == "/run/officers/officers.json"
        assert "EVERYDAY_SAYS_ANYTHING" not in given
        mounts = {each["name"]: each["mountPath"] for each in main(overlay, service)["volumeMounts"]}
        assert mounts["officers"] == "/run/officers"
        keys = Trusted.read(of_kind(render(overlay), "ConfigMap")["officers"]["data"]["officers.json"]).keys
        assert (AUTHORITY.id in keys) is (overlay == "dev")


@pytest.mark.parametrize("service", SERVICES)
def test_every_deployment_proves_who_says_what(service: str) -> None:
    """A service that logs in by another name, or is told to trust, would believe anybody (decision 48)."""
    url = COMPOSE[service]["environment"]["EVERYDAY_AMQP_URL"]
    assert Speakers(service, user_of(url)).proven
    deployed = [COMPOSE[service]["environment"], *(of_service(overlay, service) for overlay in OVERLAYS)]
    for told in deployed:
        assert not {"EVERYDAY_SAYS_ANYTHING", "EVERYDAY_OLD_WAYS"} & set(told)
        assert Speakers(service, user_of(told["EVERYDAY_AMQP_URL"])).proven
