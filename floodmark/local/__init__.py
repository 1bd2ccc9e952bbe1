"""What runs on this machine without anything else: broker, store, the whole pipeline."""
