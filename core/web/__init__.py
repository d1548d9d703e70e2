"""HTTP: pages, forms, journeys, who is asking, and what they are told when something is wrong."""
