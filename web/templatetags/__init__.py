"""What templates can ask for by a filter."""
