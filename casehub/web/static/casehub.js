// Starts the design system, hides what a choice makes irrelevant and moves the focus to what htmx brought.
// Nothing is kept in the browser, and every page works without this file.
"use strict";

function showOnlyWhatApplies() {
  for (const part of document.querySelectorAll("[data-when]")) {
    const chosen = document.querySelector(`[name="${CSS.escape(part.dataset.when)}"]:checked`);
    const answer = chosen && chosen.value;
    part.hidden = answer !== part.dataset.choice;
  }
}

document.addEventListener("DOMContentLoaded", () => {
  DKFDS.init();
  document.addEventListener("change", showOnlyWhatApplies);
  showOnlyWhatApplies();
});

document.addEventListener("htmx:after:swap", () => {
  const arrived = document.querySelector("[data-arrived]");
  if (arrived) {
    arrived.removeAttribute("data-arrived");
    arrived.focus();
  }
});
