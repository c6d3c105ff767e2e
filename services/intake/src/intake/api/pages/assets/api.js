// The public API of all four services, through the one origin, with a key.

export class Refusal extends Error {
  constructor(status, problem) {
    super(problem?.title ?? String(status));
    this.status = status;
    this.violations = problem?.violations ?? [];
  }
}

export function apiOf(key) {
  const headers = { Authorization: `Bearer ${key}` };

  async function ask(method, path, body) {
    const more = method === "GET" ? {} : { "Idempotency-Key": `"${crypto.randomUUID()}"` };
    if (body !== undefined) more["Content-Type"] = "application/json";
    const answer = await fetch(`/v1${path}`, {
      method, headers: { ...headers, ...more }, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => null));
    return answer;
  }

  const json = async (answer) => (answer.status === 204 ? null : answer.json());
  return {
    headers,
    get: async (path) => json(await ask("GET", path)),
    text: async (path) => (await ask("GET", path)).text(),
    send: async (method, path, body) => json(await ask(method, path, body)),
    // null where there is none (yet): a service may still be on its way to know it
    find: async (path) => {
      try { return await json(await ask("GET", path)); } catch (fault) {
        if (fault.status === 404) return null;
        throw fault;
      }
    },
  };
}

export async function encoded(files) {
  return Promise.all([...files].map(async (file) => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return { name: file.name, content_type: file.type || null, content: btoa(text) };
  }));
}
