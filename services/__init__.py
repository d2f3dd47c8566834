"""The independent services, and the command line that is put together from them."""
