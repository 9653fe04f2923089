// What all pages need.

/** Shows what only works with scripts. */
export function reveal(root = document) {
  root.querySelectorAll("[data-script]").forEach((element) => { element.hidden = false; });
}

const byId = (id) => document.getElementById(id);

/** Says how things stand, below the form. */
export function say(text) { byId("status").textContent = text; }

/** Says what went wrong, above the result; "" takes it away. */
export function complain(text) {
  byId("message").replaceChildren();
  if (!text) return;
  const box = document.createElement("p");
  box.className = "message";
  box.setAttribute("role", "alert");
  box.textContent = text;
  byId("message").append(box);
  box.scrollIntoView({ block: "nearest" });
}

/** Asks for the page at an address and puts its result in place of ours, where `wire` makes its
    buttons work. */
export async function show(address, wire, { push = true, narrow } = {}) {
  const submit = document.querySelector("form [type=submit]");
  submit.disabled = true;
  say("Writing…");
  const began = performance.now();
  try {
    byId("result").innerHTML = await fragment(address, { narrow });
    complain("");
    if (push) history.pushState({}, "", byId("address").getAttribute("href"));
    document.title = `${byId("address").dataset.title} · musicrnn`;
    say(`Written in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
    wire();
    if (push) byId("result").scrollIntoView({ block: "nearest", behavior: "smooth" });
  } catch (error) {
    complain(error.message);
    say("");
  } finally {
    submit.disabled = false;
  }
}

/** Fetches; throws an Error with the server's own words when it answers with an error. */
export async function ask(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch {
    throw new Error("The server does not answer.");
  }
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.error || `The server answered ${answer.status}.`);
  }
  return answer;
}

const onPhone = () => window.innerWidth < 640;

/** The part of a page that changes, its score drawn for this screen, or for half of it. */
export async function fragment(address, { narrow = onPhone(), ...options } = {}) {
  const headers = { "X-Fragment": "result", "X-Screen": narrow ? "narrow" : "wide" };
  return (await ask(address, { ...options, headers })).text();
}

/** Draws the score that came with the page again where the screen is narrow. */
export async function refit(result, wire) {
  if (!onPhone() || !result.querySelector("svg")) return;
  result.innerHTML = await fragment(location.href);
  wire();
}

/** Lights the notes of every score that has just come onto the page (player.js). */
export function light() {
  window.musicrnn?.start();
}

/** Makes the copy buttons in `root` put the text, or the address, of their element away. */
export function copies(root, say) {
  for (const button of root.querySelectorAll(".copy")) {
    button.addEventListener("click", async () => {
      const source = byId(button.dataset.copy);
      try {
        await put(source.href || source.textContent);
        say("Copied.");
      } catch {
        getSelection().selectAllChildren(source);
        say("This browser does not let the page copy: it is selected, copy it yourself.");
      }
    });
  }
}

/** Puts text into the clipboard, also where the page came over plain HTTP. */
async function put(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (!copied) throw new Error("refused");
  return undefined;
}

const LARGEST = 512 * 1024;

/** Gives the ABC text of every file that is dropped on the page or chosen in `input`. */
export function files(input, take, complain) {
  async function read(file) {
    try {
      if (file.size > LARGEST) throw new Error(`${file.name} is larger than 512 kB.`);
      const name = encodeURIComponent(file.name.slice(-80));
      const answer = await ask(`/api/read?name=${name}`, { method: "POST", body: file });
      take((await answer.json()).abc, file.name);
    } catch (error) {
      complain(error.message);
    }
  }
  input?.addEventListener("change", () => { if (input.files[0]) read(input.files[0]); });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files[0]) return;
    event.preventDefault();
    read(event.dataTransfer.files[0]);
  });
}
