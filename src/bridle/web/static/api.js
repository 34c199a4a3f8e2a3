// Asks the server. The cookie is the browser's; the key is kept by this origin, which is of one port alone.

const KEY = "bridle-key";

export class NoSession extends Error {}

async function answer(response) {
  if (response.ok) return response;
  let sentence = `the viewer answered ${response.status}`;
  try {
    sentence = (await response.json()).error || sentence;
  } catch {
    // what came is no JSON: the number has to do
  }
  throw response.status === 403 ? new NoSession(sentence) : new Error(sentence);
}

async function fetched(path, given) {
  try {
    return await answer(await fetch(path, { credentials: "same-origin", ...given }));
  } catch (error) {
    if (error instanceof TypeError) throw new Error("the viewer is not running any more; start `bridle view` again");
    throw error;
  }
}

export async function exchange(token) {
  const response = await fetched("/session", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token }),
  });
  localStorage.setItem(KEY, (await response.json()).key);
}

const headers = () => ({ "X-Bridle-Key": localStorage.getItem(KEY) ?? "" });

export async function ask(path, given = {}, signal = undefined) {
  const query = new URLSearchParams(Object.entries(given).filter(([, v]) => v !== undefined && v !== ""));
  return (await fetched(`/api${path}${query.size ? `?${query}` : ""}`, { headers: headers(), signal })).json();
}

function posted(path, body, signal) {
  return fetched(`/api${path}`, {
    method: "POST", headers: { ...headers(), "Content-Type": "application/json" }, body: JSON.stringify(body), signal,
  });
}

export const send = async (path, body, signal = undefined) => (await posted(path, body, signal)).json();

// Lines of JSON as they come.
export async function* lines(path, body, signal) {
  const reader = (await posted(path, body, signal)).body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += value ?? "";
    const whole = rest.split("\n");
    rest = done ? "" : whole.pop();
    for (const line of whole) if (line) yield JSON.parse(line);
    if (done) return;
  }
}
