// What both pages need.

/** Shows what only works with scripts. */
export function reveal(root = document) {
  root.querySelectorAll("[data-script]").forEach((each) => { each.hidden = false; });
}

/** Fetches; throws an Error with the server's own words when it answers with an error. */
export async function ask(address, options = {}) {
  const answer = await fetch(address, options);
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.error || `The server answered ${answer.status}.`);
  }
  return answer;
}

const narrow = () => window.innerWidth < 640;

/** The part of a page that changes, drawn for this screen. */
export async function fragment(address, options = {}) {
  const headers = { "X-Fragment": "result", "X-Screen": narrow() ? "narrow" : "wide" };
  return (await ask(address, { ...options, headers })).text();
}

/** Draws the score that came with the page again where the screen is narrow. */
export async function refit(result, wire) {
  if (!narrow() || !result.querySelector("svg")) return;
  result.innerHTML = await fragment(location.href);
  wire();
}

/** Lights the notes of every score that has just come onto the page (player.js). */
export function light() {
  window.musicrnn?.start();
}
