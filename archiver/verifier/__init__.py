"""The program that goes into every bundle, so that a stranger can check it; it shares no code with the writer."""
