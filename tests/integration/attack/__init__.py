"""Whoever has an identity at RabbitMQ and means ill: what can be tried, and what the services make of it."""
