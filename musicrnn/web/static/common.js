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

/** Lights the notes of every score that has just come onto the page (player.js). */
export function light() {
  window.musicrnn?.start();
}
