// Does something to the tune in the text field: chords, a second voice, a variation, ornaments.
import { ask, reveal } from "./common.js";

const byId = (id) => document.getElementById(id);
const text = byId("text");
const form = byId("checking");
const status = byId("status");
const before = []; // what stood in the field, to be undone

function put(abc) {
  text.value = abc;
  byId("undo").disabled = before.length === 0;
  form.requestSubmit(form.querySelector("[value=check]"));
}

/** Asks for the tune changed, and puts it in place of the one that is there. */
async function change(address, choices, said) {
  const buttons = byId("arrange").querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  status.textContent = said;
  try {
    const answer = await ask(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ abc: text.value, ...choices }),
    });
    const { abc } = await answer.json();
    before.push(text.value);
    put(abc);
  } catch (error) {
    status.textContent = error.message;
  } finally {
    for (const button of buttons) button.disabled = false;
    byId("undo").disabled = before.length === 0;
  }
}

byId("chords").addEventListener("click", () => {
  change("/api/chords", { per: byId("per").value }, "Writing chords…");
});
byId("second-voice").addEventListener("click", () => {
  change("/api/second-voice", { place: byId("place").value }, "Writing a second voice…");
});
byId("vary").addEventListener("click", () => {
  const choices = { closeness: Number(byId("closeness").value), keep: byId("keep").value };
  change("/api/vary", choices, "Varying it…");
});
byId("ornaments").addEventListener("click", () => {
  change("/api/vary", { ornaments: true, keep: byId("keep").value }, "Putting ornaments in…");
});
byId("undo").addEventListener("click", () => put(before.pop()));
byId("closeness").addEventListener("input", (event) => {
  byId("closeness-value").textContent = event.target.value;
});
reveal();
