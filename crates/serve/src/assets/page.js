"use strict";
// How far a design is: each event fills the page, the last one loads it anew.
for (const shown of document.querySelectorAll("[data-job]")) {
  const events = new EventSource(`/jobs/${Number(shown.dataset.job)}/events`);
  const put = (of, text) => { shown.querySelector(`[data-of="${of}"]`).textContent = text; };
  events.addEventListener("progress", (event) => {
    const progress = JSON.parse(event.data);
    put("evaluations", progress.evaluations ?? 0);
    put("gap", progress.gap === null ? "-" : progress.gap.toExponential(1));
    put("seconds", progress.seconds.toFixed(1));
  });
  events.addEventListener("over", () => { events.close(); location.reload(); });
}
// A file's text goes into the field beside it, so that the form sends text and no name.
for (const chosen of document.querySelectorAll("input[type=file][data-into]")) {
  chosen.addEventListener("change", async () => {
    const [file] = chosen.files;
    if (file) chosen.form.elements[chosen.dataset.into].value = await file.text();
  });
}
