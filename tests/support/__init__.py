"""What tests stand on: servers, a house with a moved clock, visitors."""
