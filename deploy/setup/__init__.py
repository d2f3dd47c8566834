"""How RabbitMQ and MongoDB are set up: the identities of `shared/messaging/access.py`, as each server takes them."""
