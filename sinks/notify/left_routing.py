"""What becomes of notifications whose channel or route has left the routing file is said in the log."""

from collections import Counter
from collections.abc import Collection

import structlog

from sinks.notify.notification import Notification
from sinks.notify.routing.model import Routing

log = structlog.get_logger(__name__)


def say_what_is_gone(known: Collection[Notification], routing: Routing) -> None:
    """Name each channel that is owed something, and each route with something open, that the routing does not have."""
    channels, routes = {one.name for one in routing.channel}, {one.name for one in routing.route}
    for name, owed in Counter(name for one in known for name in one.due if name not in channels).items():
        effect = "calls go to the channels that their routes have now, the rest is told to nobody"
        log.warning("channel_has_left_owing", channel=name, owed=owed, effect=effect)
    for name, count in Counter(
        one.route for one in known if one.open and one.route not in routes and not one.drill
    ).items():
        effect = "what is open takes the routes that there are now; those who were told hear of the end"
        log.warning("route_has_left_open", route=name, notifications=count, effect=effect)
