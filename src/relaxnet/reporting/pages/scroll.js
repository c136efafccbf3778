"use strict";
// A table or figure that is wider than the page scrolls sideways and says so: a line above it, a shadow at the open edge.
(() => {
  const frames = document.querySelectorAll(".scroll, figure");
  const look = (frame, hint) => {
    const hidden = frame.scrollWidth - frame.clientWidth;
    hint.hidden = hidden <= 1;
    frame.classList.toggle("more", hidden > 1 && frame.scrollLeft < hidden - 1);
  };
  const seen = new ResizeObserver(entries => entries.forEach(entry => entry.target.look()));
  frames.forEach(frame => {
    const hint = document.createElement("p");
    hint.className = "hint";
    hint.textContent = frame.matches("figure") ? "scroll sideways to see all of it →" : "scroll sideways for more columns →";
    frame.before(hint);
    frame.look = () => look(frame, hint);
    frame.addEventListener("scroll", frame.look, {passive: true});
    frame.addEventListener("toggle", frame.look);
    seen.observe(frame);
    [...frame.children].forEach(child => { child.look = frame.look; seen.observe(child); });
    frame.look();
  });
})();
