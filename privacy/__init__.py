"""How long what is known of a child is kept, and what people may ask about it."""
