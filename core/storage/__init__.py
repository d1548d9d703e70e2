"""PostgreSQL: transactions, encrypted columns, audit, the outbox of facts and the queue of tasks."""
