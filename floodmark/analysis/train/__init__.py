"""`floodmark train`: from history to a model file."""
