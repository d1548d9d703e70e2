"""Clinics and sessions that families book themselves, and no place ever sold twice."""
