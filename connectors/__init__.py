"""What each platform says: pure readers of replies, one file per platform."""
