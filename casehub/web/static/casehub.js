// Starts the design system, hides what a choice makes irrelevant and moves the focus to what htmx brought.
// Nothing is kept in the browser, and every page works without this file.
"use strict";

function showOnlyWhatApplies() {
  for (const part of document.querySelectorAll("[data-when]")) {
    const name = `[name="${CSS.escape(part.dataset.when)}"]`;
    const chosen = [...document.querySelectorAll(`${name}:checked, select${name} option:checked`)];
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

// A file that is too large is told before it is sent, and a file on its way says so. The server says both without this.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-upload]")) return;
  const field = form.querySelector("input[type=file]");
  const file = field.files[0];
  const told = form.querySelector("[data-uploading]");
  if (file && file.size > Number(field.dataset.largest)) {
    told.textContent = field.dataset.tooLarge;
    field.focus();
    event.preventDefault();
  } else if (file) {
    told.textContent = told.dataset.uploading;
    form.querySelector("button").disabled = true;
  }
});

// Back from the page that came after: the button can be pressed again.
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[data-upload] button")) button.disabled = false;
});
