"""Asking the platforms: transport, limits, and the daemon that polls."""
