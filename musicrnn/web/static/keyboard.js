// Notes are played, on the keys of the page or on a MIDI keyboard, and written as ABC.

const LOWEST = 60, HIGHEST = 81; // the keys of the page: what a soprano sings
const SHARPS = ["C", "^C", "D", "^D", "E", "F", "^F", "G", "^G", "A", "^A", "B"];
const FLATS = ["C", "_D", "D", "_E", "E", "F", "_G", "G", "_A", "A", "_B", "B"];
const ORDER = "FCGDAEB";
/** Sharps of the modes on C. */
const MODES = { "": 0, maj: 0, ion: 0, lyd: 1, mix: -1, dor: -2, m: -3, min: -3, aeo: -3, phr: -4, loc: -5 };
const NOTE_ON = 0x90;

const byId = (id) => document.getElementById(id);

/** Sharps, or flats as a negative number, of a key as ABC names it; 0 for what is none. */
function fifthsOf(key) {
  const [, letter, sign, mode] = /^([A-G])([#b]?)\s*([A-Za-z]*)/.exec(key) || [];
  if (!letter) return 0;
  const altered = { "#": 7, b: -7 }[sign] || 0;
  return ORDER.indexOf(letter) - 1 + altered + (MODES[mode.slice(0, 3).toLowerCase()] ?? 0);
}

/** Quarter notes in a bar of a metre; 0 where there is none. */
function barOf(meter) {
  if (meter === "C" || meter === "C|") return 4;
  const [, beats, unit] = /^(\d+)\/(\d+)/.exec(meter) || [];
  return beats ? (4 * beats) / unit : 0;
}

function fraction(text) {
  const [above, below = 1] = text.split("/").map(Number);
  return above / below;
}

/** A length in units as ABC writes it. */
function lengthText(units) {
  let below = 1;
  while (!Number.isInteger(units * below)) below *= 2;
  const above = units * below;
  if (below === 1) return above === 1 ? "" : `${above}`;
  return `${above}/${below}`;
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

/** Makes the keyboard of the page write into `field`. `usual` gives the key, the metre and the unit
    (`1/8`) of bars that have no header of their own; `say` tells the player something. */
export function keyboard(field, usual, say) {
  /** Quarter notes written since a bar line; null in the middle of a bar that was typed. */
  let played = atBar();
  let breathe = false;

  function atBar() {
    return /(^|[|\]\n])\s*$/.test(field.value) ? [] : null;
  }

  /** What a header in the field says last, else what is chosen on the page. */
  function holding(letter, name) {
    const lines = [...field.value.matchAll(new RegExp(`^${letter}:\\s*(.*)$`, "gm"))];
    return lines.length ? lines.at(-1)[1].trim() : usual[name]();
  }

  /** A pitch as ABC in the key, with an accidental where the key or the bar has another. */
  function spelled(pitch) {
    const fifths = fifthsOf(holding("K", "key"));
    const names = fifths < 0 ? FLATS : SHARPS;
    const written = names[pitch % 12];
    const letter = written.at(-1);
    const sign = written.slice(0, -1);
    const at = ORDER.indexOf(letter);
    const given = fifths > at ? "^" : -fifths > 6 - at ? "_" : "";
    const bar = field.value.split(/[|\n]/).at(-1);
    const altered = new RegExp(`[\\^_=]${letter}`, "i").test(bar);
    const accidental = sign === given && !altered ? "" : sign || "=";
    const octave = Math.floor(pitch / 12) - 5; // 0 from middle C on
    if (octave > 0) return accidental + letter.toLowerCase() + "'".repeat(octave - 1);
    return accidental + letter + ",".repeat(-octave);
  }

  /** Writes a note or a rest after what is there, and the bar line that it completes. */
  function write(name) {
    const quarters = fraction(document.querySelector("[name=value]:checked").value);
    const unit = 4 * fraction(holding("L", "unit"));
    field.value += (breathe ? "!fermata!" : "") + name + lengthText(quarters / unit) + " ";
    breathe = false;
    const bar = barOf(holding("M", "meter"));
    if (!played) return;
    if (!bar) {
      say("Choose a metre, and bar lines are written as you play.");
      return;
    }
    played.push(quarters);
    const total = played.reduce((sum, length) => sum + length, 0);
    if (total % bar === 0) field.value += "| ";
  }

  function press(pitch) {
    sound(pitch);
    write(spelled(pitch));
  }

  for (let pitch = LOWEST; pitch <= HIGHEST; pitch += 1) {
    const key = document.createElement("button");
    key.type = "button";
    const name = SHARPS[pitch % 12];
    key.className = name.length > 1 ? "black" : "white";
    key.textContent = name.length > 1 ? "" : name;
    key.setAttribute("aria-label", `${name.replace(/\^(.)/, "$1 sharp")}${Math.floor(pitch / 12) - 1}`);
    key.addEventListener("click", () => press(pitch));
    byId("keyboard").append(key);
  }
  byId("rest").addEventListener("click", () => write("z"));
  byId("fermata")?.addEventListener("click", () => { breathe = true; say("The next note is the end of a line."); });
  byId("undo").addEventListener("click", () => {
    const before = field.value.replace(/[\s|]+$/, "");
    field.value = before.replace(/\S+$/, "");
    played?.pop();
  });
  byId("clear").addEventListener("click", () => { field.value = ""; played = []; });
  field.addEventListener("input", () => { played = atBar(); });
  midi(byId("midi"), press, say);
}

/** Lets a button turn the MIDI keyboards of this computer on and off; `press` plays a pitch. */
function midi(button, press, say) {
  let access = null;
  let on = false;

  function take({ data: [status, pitch, velocity] }) {
    if ((status & 0xf0) === NOTE_ON && velocity > 0) press(pitch);
  }

  function connect() {
    const inputs = [...access.inputs.values()].filter((input) => input.state !== "disconnected");
    for (const input of access.inputs.values()) input.onmidimessage = on ? take : null;
    return inputs.map((input) => input.name || "a keyboard").join(", ");
  }

  function turn(wanted) {
    on = wanted;
    const names = connect();
    button.setAttribute("aria-pressed", `${on}`);
    if (!on) say("The MIDI keyboard is no longer listened to.");
    else if (names) say(`Play on ${names}: each note has the length that is chosen.`);
    else say("No MIDI keyboard is connected. Plug one in, and play; the keys on the page work meanwhile.");
  }

  button.addEventListener("click", async () => {
    if (!navigator.requestMIDIAccess) {
      say(window.isSecureContext
        ? "This browser cannot listen to MIDI keyboards; Chrome, Edge and Firefox can. The keys on the page work in every browser."
        : "Browsers listen to MIDI keyboards only for pages on this machine or over HTTPS. The keys on the page work here too.");
      return;
    }
    try {
      access ??= await navigator.requestMIDIAccess();
    } catch (error) {
      say(["NotAllowedError", "SecurityError"].includes(error.name)
        ? "The browser did not allow this page to use MIDI keyboards. Allow it in the browser's settings for this site, then press the button again; the keys on the page need no permission."
        : "This computer did not let the browser reach its MIDI keyboards. The keys on the page work all the same.");
      return;
    }
    access.onstatechange = ({ port }) => {
      if (!on || port.type !== "input") return;
      connect();
      if (port.state === "disconnected") say(`${port.name} was unplugged.`);
      else say(`${port.name} is connected: play on it.`);
    };
    turn(!on);
  });
}
