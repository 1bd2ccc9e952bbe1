"""The seams between Faust and us: what its consumer, its tables and its producer do otherwise here."""
