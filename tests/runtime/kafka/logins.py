"""Users of a broker with access rules: a login for each kind of process, with exactly the rights that are told."""

import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from runtime.kafka.cluster import Cluster, Sasl, Tls
from schemas.rights import Operation, Resource, Right
from tests.runtime.kafka.certificates import Certificates
from tests.runtime.kafka.secure_kafka import Places

TYPES = {
    Resource.TOPIC: ResourceType.TOPIC,
    Resource.GROUP: ResourceType.GROUP,
    Resource.TRANSACTIONAL_ID: ResourceType.TRANSACTIONAL_ID,
}
OPERATIONS = {
    Operation.READ: AclOperation.READ,
    Operation.WRITE: AclOperation.WRITE,
    Operation.DESCRIBE: AclOperation.DESCRIBE,
    Operation.DESCRIBE_CONFIGS: AclOperation.DESCRIBE_CONFIGS,
}


@dataclass(frozen=True, slots=True)
class Login:
    """A user.

    Args:
        name: Its name.
        password: Its password, which no other text holds.
        cluster: The broker, entered by it.
        certificates: Whom to trust.
    """

    name: str
    password: str
    cluster: Cluster
    certificates: Certificates

    @property
    def environment(self) -> dict[str, str]:
        """What a process is told, all by variables."""
        return {
            "FLOODMARK_BROKER": str(self.cluster),
            "FLOODMARK_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "FLOODMARK_KAFKA_CA_FILE": str(self.certificates.ca),
            "FLOODMARK_KAFKA_USERNAME": self.name,
            "FLOODMARK_KAFKA_PASSWORD": self.password,
        }


@dataclass(frozen=True, slots=True)
class Logins:
    """Makes users, as somebody who may do everything.

    Args:
        places: The broker.
        certificates: Whom to trust.
    """

    places: Places
    certificates: Certificates

    def make(self, given: Mapping[str, Iterable[Right]]) -> dict[str, Login]:
        """A user for each name, with these rights and no others, under a name that no other test has."""
        admin = AdminClient({"bootstrap.servers": self.places.plain, "log_level": 0})
        prefix = uuid.uuid4().hex[:8]
        logins = {name: self._login(f"{prefix}-{number}") for number, name in enumerate(given)}
        scram = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        users = [UserScramCredentialUpsertion(u.name, scram, u.password.encode()) for u in logins.values()]
        _done(admin.alter_user_scram_credentials(users))
        if rules := [rule(logins[name].name, right) for name, held in given.items() for right in dict.fromkeys(held)]:
            _done(admin.create_acls(rules))
        return logins

    def take(self, login: Login, right: Right) -> None:
        """Take a right away from a user that has it."""
        admin = AdminClient({"bootstrap.servers": self.places.plain, "log_level": 0})
        given = rule(login.name, right)
        _done(
            admin.delete_acls(
                [
                    AclBindingFilter(
                        given.restype,
                        given.name,
                        given.resource_pattern_type,
                        given.principal,
                        given.host,
                        given.operation,
                        given.permission_type,
                    )
                ]
            )
        )

    def _login(self, name: str) -> Login:
        password = f"canary-{uuid.uuid4().hex}"
        sasl = Sasl("SCRAM-SHA-512", name, password)
        cluster = replace(Cluster.of(self.places.secure), tls=Tls(self.certificates.ca), sasl=sasl)
        return Login(name, password, cluster, self.certificates)


def rule(user: str, right: Right) -> AclBinding:
    """The access rule that gives a user a right."""
    return AclBinding(
        TYPES[right.resource],
        right.name,
        ResourcePatternType.PREFIXED if right.is_prefix else ResourcePatternType.LITERAL,
        f"User:{user}",
        "*",
        OPERATIONS[right.operation],
        AclPermissionType.ALLOW,
    )


def _done(answers: Mapping[Any, Future[Any]]) -> None:
    for answer in answers.values():
        answer.result(120)
