"""Who carries messages out of the house. Nothing else opens a connection to one."""
