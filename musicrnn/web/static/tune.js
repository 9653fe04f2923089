// The page works as a plain form; this makes it quicker to use.
import { complain, copies, files, light, refit, reveal, say, show } from "./common.js";
import { keyboard } from "./keyboard.js";
import { practise } from "./practice.js";
import { keep, list } from "./takes.js";

const byId = (id) => document.getElementById(id);
const form = byId("choices");
const result = byId("result");

// --- what to write ---

/** Offers only what the chosen model takes. */
function fit() {
  const takes = byId("model")?.selectedOptions[0]?.dataset.takes?.split(" ");
  if (!takes) return;
  for (const label of form.querySelectorAll("[data-control]")) {
    const taken = takes.includes(label.dataset.control);
    label.hidden = !taken;
    label.querySelector("select, input").disabled = !taken;
  }
}

function choices() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value !== "") query.set(name, value);
  }
  return query;
}

/** The tune at an address in place of the one that is shown. */
const write = (address, push = true) => show(address, wire, { push });

// --- the tune that is shown ---

/** What is shown, as it is kept: {title, about, address}, or null. */
function shown() {
  const link = byId("address");
  return link && {
    title: link.dataset.title, about: link.dataset.about, address: link.getAttribute("href"),
  };
}

/** Player, tempo, instrument and the buttons of the tune that is shown. */
function wire() {
  reveal();
  light();
  if (!shown()) return;
  wirePlayer();
  copies(result, say);
  practise(result.querySelector("figure"));
  byId("keep").addEventListener("click", () => {
    try {
      keep(shown());
      say("Kept in this browser.");
    } catch {
      complain("This browser does not let the page keep anything.");
    }
    relist();
  });
  byId("another").addEventListener("click", (event) => {
    event.preventDefault();
    write(event.target.getAttribute("href"));
  });
  for (const button of result.querySelectorAll(".redo")) {
    button.addEventListener("click", () => write(withPartAnew(button.dataset.part)));
  }
}

function wirePlayer() {
  const audio = byId("audio");
  const tempo = byId("tempo");
  const program = byId("program");
  const backing = byId("backing");
  const written = Number(tempo.dataset.written);
  const unnamed = program.value; // what the address need not say

  /** The tune's address with instrument and backing, and with the tempo where that is not as written. */
  function style() {
    const query = new URLSearchParams(shown().address.slice(2));
    query.delete("tempo");
    if (program.value !== unnamed || query.has("program")) query.set("program", program.value);
    if (Number(tempo.value) !== written) query.set("tempo", tempo.value);
    query.delete("backing");
    if (backing.value) query.set("backing", backing.value);
    return query;
  }

  /** The files that sound are given as they are heard, and so is the address. */
  function offer() {
    const query = style();
    byId("address").href = `/?${query}`;
    history.replaceState({}, "", `/?${query}`);
    for (const kind of ["mid", "wav", "flac", "mp3"]) {
      result.querySelector(`[data-kind=${kind}]`).href = `/tune.${kind}?${query}`;
    }
  }
  audio.preservesPitch = true;
  audio.defaultPlaybackRate = tempo.value / written;
  audio.playbackRate = tempo.value / written;
  tempo.addEventListener("input", () => {
    audio.playbackRate = tempo.value / written;
    byId("tempo-value").textContent = tempo.value;
    offer();
  });
  /** Another sound, from where the one that plays has come to. */
  function sound() {
    const playing = !audio.paused;
    const at = audio.currentTime;
    // FLAC: made in a tenth of the time of an MP3, and every place in it is found exactly.
    const query = style();
    query.delete("tempo"); // which the player itself keeps
    if (program.value !== unnamed) query.set("program", program.value);
    audio.src = `/tune.flac?${query}`;
    audio.addEventListener("loadedmetadata", () => {
      audio.currentTime = at;
      audio.playbackRate = tempo.value / written;
      if (playing) audio.play();
    }, { once: true });
    offer();
  }
  program.addEventListener("change", sound);
  backing.addEventListener("change", sound);
}

/** The address of the tune with one part written again. */
function withPartAnew(part) {
  const query = new URLSearchParams(shown().address.slice(2));
  query.delete("tempo"); // the written one may be another
  const [seed] = crypto.getRandomValues(new Uint32Array(1));
  const others = (query.get("redo") || "").split(",").filter((redone) => redone && redone[0] !== part);
  query.set("redo", [...others, `${part}.${seed}`].join(","));
  return `/?${query}`;
}

function relist() { list(write, shown, complain); }

// --- and so it begins ---

form.addEventListener("submit", (event) => {
  event.preventDefault();
  write(`/?${choices()}`);
});
byId("model")?.addEventListener("change", fit);
byId("temperature").addEventListener("input", (event) => {
  byId("temperature-value").textContent = event.target.value;
});
files(byId("file"), (abc, name) => {
  byId("prime").value = abc.slice(0, byId("prime").maxLength);
  byId("prime").dispatchEvent(new Event("input"));
  form.querySelector("details").open = true;
  complain("");
  say(`${name} read: the tune will begin with it.`);
}, complain);
window.addEventListener("popstate", () => {
  if (location.search) write(location.href, false);
  else location.reload();
});

const chosen = (name) => () => form.querySelector(`[name=${name}]`)?.value || "";
keyboard(byId("prime"), {
  key: chosen("key"), meter: chosen("meter"), unit: () => chosen("unit")() || "1/8",
}, say);
fit();
wire();
relist();
refit(result, wire).catch((error) => complain(error.message));
