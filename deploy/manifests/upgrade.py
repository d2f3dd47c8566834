"""`python -m deploy.manifests.upgrade`: everybody's rights at RabbitMQ while an upgrade from shared exchanges runs.

Written into the production overlay for that time, in place of `rabbitmq-identities.yaml`: docs/operations.md says when.
`make contracts` writes the file back as it is for good.
"""

from deploy.manifests import generated

print(generated.upgrade(), end="")
