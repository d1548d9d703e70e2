"""The advice line: a message left at any hour, and a therapist who calls back."""
