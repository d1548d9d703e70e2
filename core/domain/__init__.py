"""What is true of the service whatever stores or shows it. No I/O, no framework."""
