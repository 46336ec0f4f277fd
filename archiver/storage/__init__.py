"""What is kept, and how it is found again: WARC files, their stores, and the catalogue."""
