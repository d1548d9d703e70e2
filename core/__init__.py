"""The shared floor: `domain` is pure, `storage` keeps things, `web` speaks HTTP. Imports only downwards."""
