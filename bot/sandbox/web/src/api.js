// The control API; the page uses nothing else.

export class Refused extends Error {
  constructor(status, body) {
    super(body?.error ?? `The sandbox answered ${status}.`);
    this.status = status;
    this.body = body;
  }
}

export async function call(method, path, body, signal) {
  const res = await fetch(path, {
    method,
    signal,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  let answer = null;
  try {
    answer = await res.json();
  } catch {
    throw new Refused(res.status, null);
  }
  if (!res.ok) throw new Refused(res.status, answer);
  return answer;
}

const query = (params) => new URLSearchParams(Object.entries(params).filter(([, v]) => v !== undefined)).toString();

export const get = (path, params = {}, signal) => call("GET", Object.keys(params).length ? `${path}?${query(params)}` : path, undefined, signal);
export const post = (path, body) => call("POST", path, body);
