"""What people answer where they were told: Slack's buttons and PagerDuty's webhooks, signed by these services.

Each request becomes the same actions as by command, HTTP and page, under the name that the service has for who asks.
What is sent twice counts once: an action's id is made of what the service calls the click or the event.
"""
