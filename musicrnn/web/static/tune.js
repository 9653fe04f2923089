// The page works as a plain form; this makes it quicker to use.
import { ask, fragment, light, refit, reveal } from "./common.js";

const form = document.getElementById("choices");
const result = document.getElementById("result");
const status = document.getElementById("status");
const message = document.getElementById("message");
const KEPT = "musicrnn.kept";

function say(text) { status.textContent = text; }

function complain(text) {
  message.replaceChildren();
  if (!text) return;
  const box = document.createElement("p");
  box.className = "message";
  box.setAttribute("role", "alert");
  box.textContent = text;
  message.append(box);
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
    if (push) result.scrollIntoView({ block: "nearest", behavior: "smooth" });
    const here = document.getElementById("address").getAttribute("href");
    if (push) history.pushState({}, "", here);
    document.title = `${result.querySelector("h1").textContent} · musicrnn`;
    say(`Written in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
    wire();
  } catch (error) {
    complain(error.message);
    say("");
  } finally {
    button.disabled = false;
  }
}

/** Player, tempo, instrument and the buttons of the tune that is shown. */
function wire() {
  reveal();
  light();
  const audio = document.getElementById("audio");
  if (!audio) return;
  const tempo = document.getElementById("tempo");
  const program = document.getElementById("program");
  const query = new URL(document.getElementById("address").href).searchParams;

  audio.preservesPitch = true;
  tempo.addEventListener("input", () => {
    audio.playbackRate = tempo.value / 100;
    document.getElementById("tempo-value").textContent = `${tempo.value} %`;
  });
  program.addEventListener("change", () => {
    const playing = !audio.paused;
    const at = audio.currentTime;
    audio.src = `/tune.mp3?${query}&program=${program.value}`;
    audio.addEventListener("loadedmetadata", () => {
      audio.currentTime = at;
      audio.playbackRate = tempo.value / 100;
      if (playing) audio.play();
    }, { once: true });
  });
  for (const button of result.querySelectorAll(".redo")) {
    button.addEventListener("click", () => {
      const redo = (query.get("redo") || "").split(",").filter(Boolean);
      const seed = crypto.getRandomValues(new Uint32Array(1))[0];
      const again = new URLSearchParams(query);
      const others = redo.filter((each) => !each.startsWith(`${button.dataset.part}.`));
      again.set("redo", [...others, `${button.dataset.part}.${seed}`].join(","));
      show(`/?${again}`);
    });
  }
}

// --- favourites, in this browser only ---

const kept = () => JSON.parse(localStorage.getItem(KEPT) || "[]");

function list() {
  const takes = document.getElementById("takes");
  const all = kept();
  document.getElementById("favourites").hidden = all.length === 0;
  takes.replaceChildren(...all.map((take, i) => {
    const item = document.createElement("li");
    item.className = "panel";
    const link = document.createElement("a");
    link.href = take.address;
    link.textContent = take.title;
    link.addEventListener("click", (event) => { event.preventDefault(); show(take.address); });
    const compare = document.createElement("button");
    compare.type = "button";
    compare.textContent = "Compare";
    compare.setAttribute("aria-label", `Compare ${take.title} with the tune shown`);
    compare.addEventListener("click", () => beside(take));
    const drop = document.createElement("button");
    drop.type = "button";
    drop.textContent = "×";
    drop.setAttribute("aria-label", `Forget ${take.title}`);
    drop.addEventListener("click", () => {
      localStorage.setItem(KEPT, JSON.stringify(kept().filter((_, j) => j !== i)));
      list();
    });
    item.append(link, compare, drop);
    return item;
  }));
}

/** Shows a kept take and the present tune next to each other. */
async function beside(take) {
  const holder = document.getElementById("compare");
  holder.replaceChildren();
  const sheets = [document.getElementById("score")?.cloneNode(true)];
  try {
    const other = document.createElement("div");
    other.innerHTML = await fragment(take.address);
    sheets.push(other.querySelector("#score"), other.querySelector("audio"));
  } catch (error) {
    complain(error.message);
  }
  for (const sheet of sheets.filter(Boolean)) {
    // A second copy in the page must not repeat ids; links inside the SVG are by id, so rename.
    // The copies are to look at and to hear, one by one; only the tune above is followed.
    const tag = `c${Math.random().toString(36).slice(2, 8)}-`;
    sheet.querySelectorAll("[id]").forEach((each) => { each.id = tag + each.id; });
    sheet.querySelectorAll("*").forEach((each) => {
      for (const name of ["href", "xlink:href"]) {
        const target = each.getAttribute(name);
        if (target?.startsWith("#")) each.setAttribute(name, `#${tag}${target.slice(1)}`);
      }
    });
    sheet.removeAttribute("id");
    sheet.classList.add("sheet");
    holder.append(sheet);
  }
}

document.getElementById("keep").addEventListener("click", () => {
  const link = document.getElementById("address");
  if (!link) return;
  const take = { title: result.querySelector("h1").textContent, address: link.getAttribute("href") };
  localStorage.setItem(KEPT, JSON.stringify([take, ...kept().filter((each) => each.address !== take.address)].slice(0, 50)));
  list();
  say("Kept in this browser.");
});

// --- a file as prime ---

async function read(file) {
  if (file.size > 512 * 1024) { complain(`${file.name} is larger than 512 kB.`); return; }
  try {
    const answer = await ask(`/api/read?name=${encodeURIComponent(file.name.slice(-80))}`, { method: "POST", body: file });
    const { abc } = await answer.json();
    document.getElementById("prime").value = abc.slice(0, 4000);
    document.querySelector("#choices details").open = true;
    complain("");
    say(`${file.name} read.`);
  } catch (error) {
    complain(error.message);
  }
}

document.getElementById("file").addEventListener("change", (event) => {
  if (event.target.files[0]) read(event.target.files[0]);
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files[0]) read(event.dataTransfer.files[0]);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(`/?${choices()}`);
});
window.addEventListener("popstate", () => show(location.href, false));

reveal();
wire();
list();
refit(result, wire).catch((error) => complain(error.message));
