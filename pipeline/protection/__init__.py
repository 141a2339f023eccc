"""Protection: what makes footage safe for the people in it."""
