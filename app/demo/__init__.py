"""The demo service: invented people and invented work, relative to today. One file a room."""
