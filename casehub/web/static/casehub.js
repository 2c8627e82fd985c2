// Starts the design system, hides what a choice makes irrelevant and moves the focus to what htmx brought.
// Nothing is kept in the browser, and every page works without this file.
"use strict";

function showOnlyWhatApplies() {
  for (const part of document.querySelectorAll("[data-when]")) {
    const chosen = [...document.querySelectorAll(`[name="${CSS.escape(part.dataset.when)}"]:checked`)];
    const wanted = part.dataset.choice;
    part.hidden = !chosen.some((field) => wanted === undefined || field.value === wanted);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  DKFDS.init();
  document.addEventListener("change", showOnlyWhatApplies);
  showOnlyWhatApplies();
});

// htmx replaced what had the focus: keep it at the same place for who reads by keyboard or screen reader.
document.addEventListener("htmx:after:swap", () => {
  const place = document.querySelector("[data-arrival]");
  if (place && document.activeElement === document.body) place.focus();
});
