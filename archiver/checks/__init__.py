"""Looks at what is kept: verify, rebuild, doctor, status."""
