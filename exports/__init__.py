"""What a requester receives: the clock, the pages and the bundle; pure."""
