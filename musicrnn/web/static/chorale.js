// A melody is typed as ABC or played on a keyboard, note by note; the page works without this.
import { complain, files, light, refit, reveal, say, show } from "./common.js";
import { keyboard } from "./keyboard.js";

const byId = (id) => document.getElementById(id);
const form = byId("melody-form");
const melody = byId("melody");

keyboard(melody, {
  key: () => byId("key").value, meter: () => byId("meter").value, unit: () => "1/4",
}, say);

/** The setting at an address in place of the one that is shown. */
const set = (address, push = true) => show(address, wire, { push, narrow: true });

function wire() {
  reveal();
  light();
  byId("another")?.addEventListener("click", (event) => {
    event.preventDefault();
    set(event.target.getAttribute("href"));
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value !== "") query.set(name, value);
  set(`/chorale?${query}`);
});
files(null, (abc, name) => {
  melody.value = abc.slice(0, melody.maxLength);
  melody.dispatchEvent(new Event("input"));
  complain("");
  say(`${name} read.`);
}, complain);
window.addEventListener("popstate", () => {
  if (location.search) set(location.href, false);
  else location.reload();
});

wire();
refit(byId("result"), wire).catch((error) => complain(error.message));
