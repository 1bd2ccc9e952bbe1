"""A day, a week or a month of the store, for those who want to know how it was."""
