// Server-sent events read from a fetched body: an EventSource cannot send a key in a header.

/** The events of a body, as they come: an array for each piece that arrives; comments give an empty one. */
export async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    yield blocks.map(eventOf).filter((event) => event !== null);
  }
}

function eventOf(block) {
  const event = { id: null, kind: "message", retry: null, data: null };
  const lines = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (field === "data") lines.push(value);
    else if (field === "event") event.kind = value;
    else if (field === "id") event.id = value;
  }
  if (lines.length === 0) return event.id === null ? null : event;
  event.data = lines.join("\n");
  return event;
}
