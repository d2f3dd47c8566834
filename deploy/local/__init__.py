"""The local stack: real servers, stand-ins and the four services on one machine."""
