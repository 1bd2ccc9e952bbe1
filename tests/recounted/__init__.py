"""What panels and queries answer, counted anew in plain Python from the records that were written."""
