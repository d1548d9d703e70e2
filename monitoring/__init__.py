"""Is the service well? Probes, figures, the auditor that checks the rules that never break, and what needs a person."""
