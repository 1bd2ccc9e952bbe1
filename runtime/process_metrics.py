"""What a process shows of itself on `/metrics`, whatever it does: CPU, memory, open files, Python and its collector."""

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector


def process_registry() -> CollectorRegistry:
    """A new registry with these; whoever makes it adds what it counts, and shares it with nobody."""
    registry = CollectorRegistry(auto_describe=True)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
