"""What every service shares: contracts, messaging, store, clock and the way a service is built."""
