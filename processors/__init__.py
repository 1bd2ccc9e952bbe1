"""The Faust app: count stage, judge stage, and the pure domain they run."""
