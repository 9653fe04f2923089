// Lights the notes of a score while they sound.

/**
 * @param {HTMLAudioElement} audio
 * @param {Element} score  holds the SVG
 * @param {{time: number, on: string[], off: string[]}[]} timemap  seconds and element ids
 * @param {() => number} rate  how many seconds of the timemap pass in a second of sound
 */
export function follow(audio, score, timemap, rate = () => 1) {
  let next = 0;
  let frame = 0;
  const lit = new Set();

  const element = (id) => score.querySelector(`[id="${CSS.escape(id)}"]`);
  const clear = () => {
    lit.forEach((id) => element(id)?.classList.remove("sounding"));
    lit.clear();
  };
  const play = (entry) => {
    for (const id of entry.off) { element(id)?.classList.remove("sounding"); lit.delete(id); }
    for (const id of entry.on) { element(id)?.classList.add("sounding"); lit.add(id); }
  };
  const catchUp = () => {
    const now = audio.currentTime * rate();
    if (next > 0 && timemap[next - 1].time > now + 0.05) { clear(); next = 0; }
    while (next < timemap.length && timemap[next].time <= now) play(timemap[next++]);
  };
  const run = () => {
    catchUp();
    if (!audio.paused && !audio.ended) frame = requestAnimationFrame(run);
  };
  const start = () => { cancelAnimationFrame(frame); run(); };
  const stop = () => { cancelAnimationFrame(frame); clear(); next = 0; };

  audio.addEventListener("play", start);
  audio.addEventListener("seeked", catchUp);
  audio.addEventListener("ended", stop);
  return () => {
    stop();
    audio.removeEventListener("play", start);
    audio.removeEventListener("seeked", catchUp);
    audio.removeEventListener("ended", stop);
  };
}

/** Shows what only works with scripts. */
export function reveal(root = document) {
  root.querySelectorAll("[data-script]").forEach((each) => { each.hidden = false; });
}

/** The JSON that the server put into the page under an id, or the fallback. */
export function embedded(id, fallback) {
  const holder = document.getElementById(id);
  return holder ? JSON.parse(holder.textContent) : fallback;
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
