"""The stages, from records and footage to receipts; the only code that writes the database."""
