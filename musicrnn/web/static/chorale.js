// A melody is typed as ABC or played on the keyboard, note by note; the page works without this.
import { files, fragment, light, refit, reveal } from "./common.js";

const byId = (id) => document.getElementById(id);
const form = byId("melody-form");
const melody = byId("melody");
const result = byId("result");

function say(text) { byId("status").textContent = text; }

function complain(text) {
  byId("message").replaceChildren();
  if (!text) return;
  const box = document.createElement("p");
  box.className = "message";
  box.setAttribute("role", "alert");
  box.textContent = text;
  byId("message").append(box);
}

// --- playing a melody ---

const LOWEST = 60, HIGHEST = 81; // what a soprano sings
const SHARPS = ["C", "^C", "D", "^D", "E", "F", "^F", "G", "^G", "A", "^A", "B"];
const FLATS = ["C", "_D", "D", "_E", "E", "F", "_G", "G", "_A", "A", "_B", "B"];
const FIFTHS = { C: 0, G: 1, D: 2, A: 3, E: 4, F: -1, Bb: -2, Eb: -3, Ab: -4,
  Am: 0, Em: 1, Bm: 2, "F#m": 3, Dm: -1, Gm: -2, Cm: -3, Fm: -4 };
const ORDER = "FCGDAEB";

/** Lengths in eighths of what was played since a bar line; null in the middle of a typed bar. */
let played = atBar();
let breathe = false;

function atBar() {
  return /(^|[|\]])\s*$/.test(melody.value) ? [] : null;
}

const fifths = () => FIFTHS[byId("key").value] ?? 0;

/** A pitch as ABC in the chosen key, with an accidental where the key or the bar has another. */
function spelled(pitch) {
  const names = fifths() < 0 ? FLATS : SHARPS;
  const written = names[pitch % 12];
  const letter = written.at(-1);
  const sign = written.slice(0, -1);
  const at = ORDER.indexOf(letter);
  const given = fifths() > at ? "^" : -fifths() > 6 - at ? "_" : "";
  const altered = new RegExp(`[\\^_=]${letter}`, "i").test(melody.value.split("|").at(-1));
  const accidental = sign === given && !altered ? "" : sign || "=";
  return accidental + (pitch < 72 ? letter : letter.toLowerCase());
}

function barLength() {
  const [beats, unit] = byId("meter").value.split("/").map(Number);
  return (8 * beats) / unit;
}

/** Writes a note or a rest after what is there, and the bar line that it completes. */
function write(name) {
  const value = form.querySelector("[name=value]:checked").value;
  const [above, below = 1] = value.split("/").map(Number);
  const length = value === "1" ? "" : value;
  melody.value += (breathe ? "!fermata!" : "") + name + length + " ";
  breathe = false;
  if (!played) return;
  played.push((2 * above) / below);
  const total = played.reduce((sum, each) => sum + each, 0);
  if (total % barLength() === 0) melody.value += "| ";
}

function takeBack() {
  const before = melody.value.replace(/[\s|]+$/, "");
  melody.value = before.replace(/\S+$/, "");
  played?.pop();
}

let context;

/** Lets a pitch be heard. */
function sound(pitch) {
  context ??= new AudioContext();
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = "triangle";
  oscillator.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
  gain.gain.setValueAtTime(0.2, context.currentTime);
  gain.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.6);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start();
  oscillator.stop(context.currentTime + 0.6);
}

for (let pitch = LOWEST; pitch <= HIGHEST; pitch += 1) {
  const key = document.createElement("button");
  key.type = "button";
  const name = SHARPS[pitch % 12];
  key.className = name.length > 1 ? "black" : "white";
  key.textContent = name.length > 1 ? "" : name;
  key.setAttribute("aria-label", `${name.replace(/\^(.)/, "$1 sharp")}${Math.floor(pitch / 12) - 1}`);
  key.addEventListener("click", () => { sound(pitch); write(spelled(pitch)); });
  byId("keyboard").append(key);
}
byId("rest").addEventListener("click", () => write("z"));
byId("fermata").addEventListener("click", () => { breathe = true; say("The next note is the end of a line."); });
byId("undo").addEventListener("click", takeBack);
byId("clear").addEventListener("click", () => { melody.value = ""; played = []; });
melody.addEventListener("input", () => { played = atBar(); });

// --- setting it ---

/** Asks for the page at an address and puts its result in place of ours. */
async function show(address, push = true) {
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  say("Writing…");
  const began = performance.now();
  try {
    result.innerHTML = await fragment(address, { narrow: true });
    complain("");
    if (push) history.pushState({}, "", byId("address").getAttribute("href"));
    document.title = `${byId("address").dataset.title} · musicrnn`;
    say(`Written in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
    wire();
  } catch (error) {
    complain(error.message);
    say("");
  } finally {
    button.disabled = false;
  }
}

function wire() {
  reveal();
  light();
  byId("another")?.addEventListener("click", (event) => {
    event.preventDefault();
    show(event.target.getAttribute("href"));
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value !== "") query.set(name, value);
  show(`/chorale?${query}`);
});
files(null, (abc, name) => {
  melody.value = abc.slice(0, melody.maxLength);
  played = atBar();
  complain("");
  say(`${name} read.`);
}, complain);
window.addEventListener("popstate", () => {
  if (location.search) show(location.href, false);
  else location.reload();
});

wire();
refit(result, wire).catch((error) => complain(error.message));
