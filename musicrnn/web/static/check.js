// Checking works as a plain form; this marks what was found in the text and plays the tune.
import { ask, copies, files, fragment, light, reveal } from "./common.js";

const form = document.getElementById("checking");
const text = document.getElementById("text");
const marks = document.getElementById("marks");
const result = document.getElementById("result");
const status = document.getElementById("status");

/** Where a diagnostic stands in the text: [start, end]. Columns count whole characters. */
function place({ line, column, length }) {
  const lines = text.value.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const characters = [...(lines[line - 1] || "")];
  const start = before + characters.slice(0, column - 1).join("").length;
  const marked = characters.slice(column - 1, column - 1 + Number(length)).join("");
  return [start, start + Math.max(1, marked.length)];
}

/** Underlines in the text what the list of diagnostics names. */
function mark() {
  const places = [...result.querySelectorAll("[data-line]")]
    .map((link) => [...place(link.dataset), link.dataset.severity])
    .sort((a, b) => a[0] - b[0]);
  const parts = [];
  let at = 0;
  for (const [start, end, severity] of places) {
    if (start < at) continue; // something at this place is marked already
    const underlined = document.createElement("mark");
    underlined.className = `severity-${severity}`;
    underlined.textContent = text.value.slice(start, end).replace("\n", " \n") || " ";
    parts.push(text.value.slice(at, start), underlined);
    at = end;
  }
  marks.replaceChildren(...parts, text.value.slice(at));
  follow();
}

function follow() {
  marks.scrollTop = text.scrollTop;
  marks.scrollLeft = text.scrollLeft;
}

function select(link) {
  const [start, end] = place(link.dataset);
  text.focus();
  text.setSelectionRange(start, end);
  const lines = text.value.split("\n").length;
  text.scrollTop = (text.scrollHeight / lines) * Math.max(0, link.dataset.line - 4);
}

async function hear(button) {
  const audio = document.getElementById("audio");
  button.disabled = true;
  status.textContent = "Playing…";
  try {
    const abc = document.getElementById("fixed")?.textContent || text.value;
    const answer = await ask("/api/render/flac", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ abc, backing: document.getElementById("backing").value || null }),
    });
    audio.src = URL.createObjectURL(await answer.blob());
    audio.hidden = false;
    button.textContent = "Hear it again";
    await audio.play();
    status.textContent = "";
  } catch (error) {
    status.textContent = error.message;
  } finally {
    button.disabled = false;
  }
}

function wire() {
  reveal();
  light();
  mark();
  for (const link of result.querySelectorAll("[data-line]")) {
    link.addEventListener("click", (event) => { event.preventDefault(); select(link); });
  }
  copies(result, (words) => { status.textContent = words; });
  document.getElementById("take")?.addEventListener("click", () => {
    text.value = document.getElementById("fixed").textContent;
    form.requestSubmit(form.querySelector("[value=check]"));
  });
  document.getElementById("hear")?.addEventListener("click", (event) => hear(event.target));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  status.textContent = "Checking…";
  const body = new URLSearchParams(new FormData(form));
  body.set("do", event.submitter?.value || "check");
  const played = document.getElementById("audio");
  if (played?.src) URL.revokeObjectURL(played.src);
  try {
    result.innerHTML = await fragment("/check", { method: "POST", body });
    status.textContent = "";
    wire();
  } catch (error) {
    status.textContent = error.message;
  }
});

text.addEventListener("scroll", follow);
text.addEventListener("input", () => marks.replaceChildren()); // what was marked has moved
files(null, (abc) => {
  text.value = abc;
  form.requestSubmit(form.querySelector("[value=check]"));
}, (message) => { status.textContent = message; });

wire();
