/* Lights the notes of a tune while it sounds, and plays from a note that is clicked.
   A figure carries data-notes: [[start, end, id], …], in seconds, ordered by start. */
window.musicrnn = window.musicrnn || (() => {
  "use strict";

  function follow(figure) {
    const audio = figure.querySelector("audio");
    if (!audio) return;
    const notes = JSON.parse(figure.dataset.notes).map(([start, end, id]) => ({
      start, end, element: figure.querySelector("#" + CSS.escape(id)),
    })).filter((note) => note.element);
    let lit = new Set();

    function light() {
      const now = audio.currentTime;
      const sounding = new Set();
      if (!audio.ended && (now > 0 || !audio.paused)) {
        for (const note of notes) {
          if (note.start > now) break;
          if (now < note.end) sounding.add(note.element);
        }
      }
      for (const element of lit) if (!sounding.has(element)) element.classList.remove("sounding");
      for (const element of sounding) if (!lit.has(element)) element.classList.add("sounding");
      lit = sounding;
      if (!audio.paused && !audio.ended) requestAnimationFrame(light);
    }

    for (const event of ["play", "seeked", "pause", "ended"]) audio.addEventListener(event, light);
    for (const { start, element } of [...notes].reverse()) {
      // Of a note that repeats play again, the first time is set last, and so wins.
      element.onclick = () => { audio.currentTime = start; audio.play(); };
    }
    // One tune at a time.
    audio.addEventListener("play", () => {
      for (const other of document.querySelectorAll(".musicrnn-tune audio")) {
        if (other !== audio) other.pause();
      }
    });
  }

  function start() {
    for (const figure of document.querySelectorAll(".musicrnn-tune:not([data-started])")) {
      figure.dataset.started = "";
      follow(figure);
    }
  }
  return { start };
})();
