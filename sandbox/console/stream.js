// Server-sent events over fetch, because an EventSource can't show a token.

/** Reads events until the stream ends. Throws an answer that is no stream. */
export async function* events(url, headers) {
  const response = await fetch(url, { headers: { ...headers, Accept: 'text/event-stream' }, cache: 'no-store' });
  if (!response.ok) throw response;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const [kind, data] = block.split('\n');
      yield { kind: kind.slice('event: '.length), data: JSON.parse(data.slice('data: '.length)) };
    }
  }
}
