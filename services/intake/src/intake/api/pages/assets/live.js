// A stream of events that goes on for as long as the page does (server-sent events, by fetch: it
// takes any event's name, and a key where there is one).

const AGAIN_MS = 3000;

export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function read(answer, heard) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (text + part.value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const id = /^id: (.+)$/m.exec(block)?.[1];
      const data = /^data: (.+)$/m.exec(block)?.[1];
      if (id && data) heard(id, JSON.parse(data));
    }
  }
}

// url: the stream; from: the position after which to begin; on.event(row), on.away(isAway),
// on.refused(): the key or link is good no more, and nothing is asked again.
export async function follow(url, from, headers, on) {
  let last = from;
  for (;;) {
    try {
      const asked = new URL(url, location.href);
      asked.searchParams.set("after", last);
      const answer = await fetch(asked, { headers, cache: "no-store" });
      if ([401, 403, 404].includes(answer.status)) return on.refused();
      if (!answer.ok) throw new Error(String(answer.status));
      on.away(false);
      await read(answer, (id, row) => { last = id; on.event(row); });
    } catch {
      on.away(true);
    }
    await pause(AGAIN_MS);
  }
}

// One call after the last of many, soon.
export function soon(call, milliseconds = 300) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => { timer = null; call(); }, milliseconds);
  };
}
