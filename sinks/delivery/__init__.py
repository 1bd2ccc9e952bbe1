"""Single messages to whoever pages people: each in its own time, none lost, none held up by another one's trouble.

For destinations that take one message at a time (a webhook, a chat, a pager); those that take batches run in
`sinks.loop`. What is promised of the messages of a *lane* (an incident, say):

- they are sent in the order of the topic, one after the other;
- lanes do not wait for each other: several are on their way at the same time;
- what fails is tried again in its own lane, later and later, and not before the target wants;
- what somebody can mend (an address, a password) is held for as long as it takes, and said loudly;
- what alone is refused, or fails past its deadline, while others get through is put aside, and its lane goes on;
- an offset is committed once it and all before it have been delivered or put aside; what has been behind it is noted
  beside it: after a crash only what came back in the last moment before is sent again, however long one is held.
"""
