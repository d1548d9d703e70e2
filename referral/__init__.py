"""One referral form for three therapies, its triage, and a family that knows where it stands."""
