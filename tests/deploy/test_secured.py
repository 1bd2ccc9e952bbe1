"""deploy/secured: secrets come as files, to where the settings say that they are."""

from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml

from floodmark.environment import known, wrong
from runtime.kafka.settings import KafkaSettings
from runtime.settings import variable
from schemas.rights import Role
from tests.deploy.stack import COMPOSE, ROOT, SERVICES, filled, image_environment

FOLDER = ROOT / "deploy/secured"
SECURED: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yml").read_text())
DEPLOYMENT: dict[str, Any] = yaml.safe_load((FOLDER / "kubernetes.yml").read_text())
POD = DEPLOYMENT["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
KUBERNETES = {each["name"]: each["value"] for each in CONTAINER["env"]}
FILES = [variable(name) for name in KafkaSettings.model_fields if name.endswith("_file")]
SECRETS = [variable(name) for name in ("kafka_password", "kafka_key_password")]


def environments() -> dict[str, dict[str, str]]:
    """What each process of ours is told, by its place."""
    composed = {f"compose {name}": service["environment"] for name, service in SECURED["services"].items()}
    return {**composed, "kubernetes worker": KUBERNETES}


@pytest.mark.parametrize("place", environments())
def test_every_variable_is_known_has_a_value_that_can_be_used_and_is_no_secret(place: str) -> None:
    told = {name: filled(value) for name, value in environments()[place].items()}
    if place.startswith("compose"):
        told["FLOODMARK_BROKER"] = "kafka:9093"  # required, so it is filled in with what is no address
    assert set(told) <= set(known())
    assert wrong(told) == []
    assert not set(told) & set(SECRETS)
    assert {"FLOODMARK_KAFKA_PASSWORD_FILE", "FLOODMARK_KAFKA_CA_FILE"} <= set(told)


@pytest.mark.parametrize("service", SECURED["services"])
def test_each_service_is_one_of_the_stack_and_has_the_secrets_that_its_files_are(service: str) -> None:
    told = SECURED["services"][service]
    assert service in SERVICES
    read = {told["environment"][name] for name in FILES if name in told["environment"]}
    assert read == {f"/run/secrets/{name}" for name in told["secrets"]}
    assert set(told["secrets"]) <= set(SECURED["secrets"])


def test_every_secret_is_used_and_none_is_in_the_repository() -> None:
    used = {name for service in SECURED["services"].values() for name in service["secrets"]}
    assert used == set(SECURED["secrets"])
    assert all(filled(told["file"]).startswith("x/") for told in SECURED["secrets"].values())
    assert not set(SECURED["secrets"]) & set(COMPOSE.get("secrets", {}))


def test_each_login_is_that_of_one_role() -> None:
    users = {name: told["environment"]["FLOODMARK_KAFKA_USERNAME"] for name, told in SECURED["services"].items()}
    assert len(set(users.values())) == len(users)
    assert {name.replace("sink-", "sink ") for name in users} <= {role.value for role in Role}


def test_files_of_the_pod_are_mounted_where_it_reads_them() -> None:
    mounted = {each["mountPath"]: each["name"] for each in CONTAINER["volumeMounts"]}
    volumes = {each["name"]: each for each in POD["volumes"]}
    for name in FILES:
        if name in KUBERNETES:
            assert "secret" in volumes[mounted[str(PurePosixPath(KUBERNETES[name]).parent)]]
    assert set(mounted.values()) == set(volumes)
    assert image_environment()["FLOODMARK_DATA_DIR"] in mounted


def test_the_pod_has_no_more_rights_than_the_stack_gives() -> None:
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert POD["automountServiceAccountToken"] is False
    assert CONTAINER["image"] == SERVICES["worker"]["image"]
    assert CONTAINER["args"] == SERVICES["worker"]["command"]


def test_the_pod_is_asked_where_it_listens_and_for_as_long_as_it_may_wait_for_the_broker() -> None:
    (port,) = CONTAINER["ports"]
    assert port["containerPort"] == int(image_environment()["FLOODMARK_METRICS_PORT"])
    probe = CONTAINER["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] > 600
    labels = DEPLOYMENT["spec"]["selector"]["matchLabels"]
    assert labels == DEPLOYMENT["spec"]["template"]["metadata"]["labels"]
