"""Each query of the library: the rows that it is to answer, in order, cells as in `panels`."""

from tests.recounted.queries import oddities_and_incidents, people, traffic
from tests.recounted.queries.noted import QUERIES, Asked

__all__ = ["QUERIES", "Asked", "oddities_and_incidents", "people", "traffic"]
