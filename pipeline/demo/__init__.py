"""What the demo and the tests run on: sample records and footage, made by us from a seed."""
