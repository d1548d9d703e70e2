"""Tests of information governance."""
