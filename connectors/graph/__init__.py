"""The Graph API, as Facebook Pages and Instagram accounts are asked by it."""
