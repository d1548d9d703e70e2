"""Everything the service says outside a page: e-mails, texts and letters."""
