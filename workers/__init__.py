"""What happens without anyone pressing a button. PostgreSQL is the queue of record; arq wakes and executes."""
