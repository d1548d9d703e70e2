"""Claims about the advice line."""
