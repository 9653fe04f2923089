// Practising a tune: some bars over and over, counted in. Bars are named, or dragged over.
// A figure carries data-bars: [[number, start, end], …], in seconds, the first time of each bar.

/** How long a click sounds, and how high the first of a bar and the others are. */
const CLICK = { seconds: 0.04, first: 1600, other: 1000 };

let context = null; // of Web Audio: one is enough for all tunes

/** Clicks `count` times, `beat` seconds apart, then leaves the time to `whole` seconds. */
async function countIn(count, beat, whole) {
  context = context || new AudioContext();
  await context.resume();
  const begin = context.currentTime + 0.05;
  for (let number = 0; number < count && number * beat < whole - 0.01; number += 1) {
    const tone = context.createOscillator();
    const loudness = context.createGain();
    tone.frequency.value = number ? CLICK.other : CLICK.first;
    loudness.gain.value = 0.4;
    tone.connect(loudness).connect(context.destination);
    tone.start(begin + number * beat);
    tone.stop(begin + number * beat + CLICK.seconds);
  }
  await new Promise((done) => { setTimeout(done, 1000 * (whole + 0.05)); });
}

/** Gives a figure with a score and a player its loop. */
export function practise(figure) {
  const box = figure?.querySelector(".practice");
  const audio = figure?.querySelector("audio");
  const bars = JSON.parse(figure?.dataset.bars || "[]");
  if (!box || !audio || !bars.length) { box?.remove(); return; }
  const [from, to] = box.querySelectorAll("input[type=number]");
  const counts = box.querySelector("input[type=checkbox]");
  const tempo = figure.querySelector("#tempo");
  const starts = new Map();
  for (const [start, , id] of JSON.parse(figure.dataset.notes)) {
    if (!starts.has(id)) starts.set(id, start);
  }
  let loop = null;
  let attempt = 0; // a count-in that was overtaken plays nothing

  /** When a measure of the score is played first; undefined for one without notes. */
  function begins(measure) {
    const known = [...measure.querySelectorAll(".note")].map((note) => starts.get(note.id))
      .filter((start) => start !== undefined);
    return known.length ? Math.min(...known) : undefined;
  }

  const barAt = (time) => bars.find(([, start, end]) => start - 0.01 <= time && time < end - 0.01);

  /** Sets the loop to some bars, or to none, and names them in the fields. */
  function set(first, last) {
    mark(first, last);
    from.value = loop ? first : "";
    to.value = loop ? last : "";
  }

  /** Makes some bars the loop, or none, and marks them in the score. */
  function mark(first, last) {
    const inside = bars.filter(([number]) => first <= number && number <= last);
    loop = first && inside.length ? {
      start: Math.min(...inside.map((bar) => bar[1])),
      end: Math.max(...inside.map((bar) => bar[2])),
      pickup: inside[0][2] - inside[0][1],
    } : null;
    figure.querySelector("#score").classList.toggle("looping", Boolean(loop));
    for (const measure of figure.querySelectorAll("#score .measure")) {
      const time = begins(measure);
      const within = loop && time !== undefined && time >= loop.start - 0.01 && time < loop.end - 0.01;
      measure.classList.toggle("looped", Boolean(within));
    }
  }

  /** Follows the fields, and leaves in them what is typed: a change may come between two keys. */
  function typed() {
    const first = Number(from.value) || Number(to.value);
    mark(first, Math.max(Number(to.value) || first, first));
  }

  /** Goes back at the end of the loop, looked at before each frame. */
  function watch() {
    if (loop && audio.currentTime >= loop.end - 0.01) audio.currentTime = loop.start;
    if (!audio.paused) requestAnimationFrame(watch);
  }
  audio.addEventListener("play", () => {
    if (loop && (audio.currentTime < loop.start - 0.05 || audio.currentTime >= loop.end)) {
      audio.currentTime = loop.start;
    }
    watch();
  });
  audio.addEventListener("ended", () => { if (loop) { audio.currentTime = loop.start; audio.play(); } });

  /** Counts a bar at the tempo that is heard, then plays; a pickup comes in before it is over. */
  async function begin() {
    const mine = attempt += 1;
    audio.pause();
    const bar = Math.max(...bars.map(([, start, end]) => end - start));
    const rate = audio.playbackRate;
    const beats = Math.max(1, Math.round((bar * Number(tempo.defaultValue)) / 60));
    const first = loop ? loop.pickup : bars[0][2] - bars[0][1];
    if (counts.checked) {
      const early = first < bar - 0.01 ? first : 0;
      await countIn(beats, bar / beats / rate, (bar - early) / rate);
    }
    if (mine !== attempt) return;
    audio.currentTime = loop ? loop.start : 0;
    audio.play();
  }

  // Dragging: the measure where the pointer goes down, and the one where it goes up.
  const score = figure.querySelector("#score");
  let down = null;

  /** The measure at a place; between the lines too, where there is nothing to be hit. */
  function measureAt({ clientX, clientY }) {
    return [...score.querySelectorAll(".measure")].find((measure) => {
      const { left, right, top, bottom } = measure.getBoundingClientRect();
      return left <= clientX && clientX <= right && top <= clientY && clientY <= bottom;
    });
  }
  score.addEventListener("pointerdown", (event) => { down = measureAt(event); });
  score.addEventListener("pointerup", (event) => {
    const up = measureAt(event);
    const [one, other] = [down, up].map((measure) => measure && barAt(begins(measure) ?? -1));
    if (one && other && down !== up) {
      set(Math.min(one[0], other[0]), Math.max(one[0], other[0]));
    }
    down = null;
  });

  from.addEventListener("change", typed);
  to.addEventListener("change", typed);
  box.querySelector("#practise").addEventListener("click", begin);
  box.querySelector("#unloop").addEventListener("click", () => set(0, 0));
}
