"""No place is ever sold twice."""
