"""The commands of `portevoix`, one module per stage; each parses, calls the stage and prints."""
