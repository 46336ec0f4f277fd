"""What people decide: accounts registered, requests opened, bundles made. Each act is recorded with its effect."""
