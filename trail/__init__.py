"""The audit trail: read by information governance, sealed so that no change goes unnoticed."""
