// The page works as a plain form; this makes it quicker to use.
import { copies, files, fragment, light, refit, reveal } from "./common.js";
import { practise } from "./practice.js";
import { keep, list } from "./takes.js";

const byId = (id) => document.getElementById(id);
const form = byId("choices");
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
  box.scrollIntoView({ block: "nearest" });
}

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

/** Asks for the page at an address and puts its result in place of ours. */
async function show(address, push = true) {
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  say("Writing…");
  const began = performance.now();
  try {
    result.innerHTML = await fragment(address);
    complain("");
    if (push) history.pushState({}, "", byId("address").getAttribute("href"));
    document.title = `${byId("address").dataset.title} · musicrnn`;
    say(`Written in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
    wire();
    if (push) result.scrollIntoView({ block: "nearest", behavior: "smooth" });
  } catch (error) {
    complain(error.message);
    say("");
  } finally {
    button.disabled = false;
  }
}

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
    show(event.target.getAttribute("href"));
  });
  for (const button of result.querySelectorAll(".redo")) {
    button.addEventListener("click", () => show(withPartAnew(button.dataset.part)));
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
  const others = (query.get("redo") || "").split(",").filter((each) => each && each[0] !== part);
  query.set("redo", [...others, `${part}.${seed}`].join(","));
  return `/?${query}`;
}

function relist() { list(show, shown, complain); }

// --- and so it begins ---

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(`/?${choices()}`);
});
byId("model")?.addEventListener("change", fit);
byId("temperature").addEventListener("input", (event) => {
  byId("temperature-value").textContent = event.target.value;
});
files(byId("file"), (abc, name) => {
  byId("prime").value = abc.slice(0, byId("prime").maxLength);
  form.querySelector("details").open = true;
  complain("");
  say(`${name} read: the tune will begin with it.`);
}, complain);
window.addEventListener("popstate", () => {
  if (location.search) show(location.href, false);
  else location.reload();
});

fit();
wire();
relist();
refit(result, wire).catch((error) => complain(error.message));
