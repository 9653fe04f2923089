// Favourites, kept in this browser only, and two of them next to each other.
import { fragment, light } from "./common.js";

const KEPT = "musicrnn.kept";
const MOST = 50;

function kept() {
  try {
    const all = JSON.parse(localStorage.getItem(KEPT) || "[]");
    return Array.isArray(all) ? all : [];
  } catch {
    return []; // storage is forbidden, or something else wrote there
  }
}

function store(all) {
  localStorage.setItem(KEPT, JSON.stringify(all.slice(0, MOST)));
}

/** Remembers a take: {title, about, address}. */
export function keep(take) {
  store([take, ...kept().filter((other) => other.address !== take.address)]);
}

function button(text, label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

/** Lists the takes; `show` opens one, `shown` gives the take that is shown or null. */
export function list(show, shown, complain) {
  const takes = kept();
  document.getElementById("favourites").hidden = takes.length === 0;
  document.getElementById("takes").replaceChildren(...takes.map((take) => {
    const item = document.createElement("li");
    item.className = "panel";
    const link = document.createElement("a");
    link.href = take.address;
    link.textContent = take.title;
    link.addEventListener("click", (event) => { event.preventDefault(); show(take.address); });
    const about = document.createElement("span");
    about.className = "hint";
    about.textContent = take.about || "";
    const words = document.createElement("div");
    words.append(link, about);
    item.append(
      words,
      button("Compare", `Compare ${take.title} with the tune shown`, () => {
        compare([shown(), take].filter(Boolean)).catch((error) => complain(error.message));
      }),
      button("×", `Forget ${take.title}`, () => {
        store(kept().filter((other) => other.address !== take.address));
        list(show, shown, complain);
      }),
    );
    return item;
  }));
}

/** Shows takes next to each other, each with a player of its own. */
async function compare(takes) {
  const holder = document.getElementById("compare");
  const figures = await Promise.all(takes.map(async (take, number) => {
    const html = await fragment(take.address, { narrow: true });
    // A document of its own: nothing in it is loaded before it is put onto the page.
    const figure = new DOMParser().parseFromString(html, "text/html").querySelector("figure");
    return stripped(figure, `take${number}-`);
  }));
  holder.replaceChildren(...figures);
  light();
  holder.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

/** A copy of a tune's figure to look at and to hear, with ids of its own. */
function stripped(figure, tag) {
  figure.querySelectorAll(".roll, .player label, .practice").forEach((element) => element.remove());
  figure.querySelector("audio").preload = "none";
  figure.dataset.notes = JSON.stringify(
    JSON.parse(figure.dataset.notes).map(([start, end, id]) => [start, end, tag + id]),
  );
  for (const element of figure.querySelectorAll("[id]")) element.id = tag + element.id;
  for (const element of figure.querySelectorAll("*")) {
    for (const name of ["href", "xlink:href"]) {
      const target = element.getAttribute(name);
      if (target?.startsWith("#")) element.setAttribute(name, `#${tag}${target.slice(1)}`);
    }
  }
  return document.importNode(figure, true);
}
