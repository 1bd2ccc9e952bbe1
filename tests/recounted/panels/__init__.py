"""Each panel of the dashboards that asks SQL: the rows that it is to show, in order.

Instants are epoch seconds, days ISO texts; of a mean, a share or a sum of what is not there the cell is None.
"""

from tests.recounted.panels import codes, glance, history, incidents, objectives, real_time, scopes
from tests.recounted.panels.noted import PANELS

__all__ = ["PANELS", "codes", "glance", "history", "incidents", "objectives", "real_time", "scopes"]
