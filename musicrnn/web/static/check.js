// Checking works as a plain form; this leads from a diagnostic to its place and plays the tune.
import { ask, fragment, light, reveal } from "./common.js";

const form = document.getElementById("checking");
const text = document.getElementById("text");
const result = document.getElementById("result");
const status = document.getElementById("status");

function select(line, column, length) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  text.focus();
  text.setSelectionRange(start, start + Math.max(1, length));
  text.scrollTop = (text.scrollHeight / Math.max(1, lines.length)) * Math.max(0, line - 4);
}

async function hear() {
  const audio = document.getElementById("audio");
  status.textContent = "Playing…";
  try {
    const abc = document.getElementById("fixed")?.textContent || text.value;
    const answer = await ask("/api/render/mp3", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ abc }),
    });
    if (audio.src) URL.revokeObjectURL(audio.src);
    audio.src = URL.createObjectURL(await answer.blob());
    await audio.play();
    status.textContent = "";
  } catch (error) {
    status.textContent = error.message;
  }
}

function wire() {
  reveal();
  light();
  result.querySelectorAll("[data-line]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    select(Number(link.dataset.line), Number(link.dataset.column), Number(link.dataset.length));
  }));
  document.getElementById("take")?.addEventListener("click", () => {
    text.value = document.getElementById("fixed").textContent;
    form.requestSubmit(form.querySelector("[value=check]"));
  });
  const audio = document.getElementById("audio");
  if (!audio) return;
  document.getElementById("hear").addEventListener("click", hear);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  status.textContent = "Checking…";
  const body = new URLSearchParams(new FormData(form));
  body.set("do", event.submitter?.value || "check");
  try {
    result.innerHTML = await fragment("/check", { method: "POST", body });
    status.textContent = "";
    wire();
  } catch (error) {
    status.textContent = error.message;
  }
});

wire();
