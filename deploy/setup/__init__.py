"""How RabbitMQ and MongoDB are set up: the identities of `shared/access.py`, as each server takes them."""
