"""Staff: their accounts, how they sign in, and what needs each of them now."""
