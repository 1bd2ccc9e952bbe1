"""Files of transactions: CSV and its dialects."""
