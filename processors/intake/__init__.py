"""From partitions to chunks of readable rows."""
