// The page: an article goes in, its meetings come out.

import { cards } from "./cards.js";
import { Problem, ask, use } from "./client.js";
import { element, find } from "./elements.js";
import { length } from "./offsets.js";
import { packed, unpacked } from "./share.js";
import { ROLES, marked } from "./text.js";
import { timeline } from "./timeline.js";

const HEADER = /^\s*date (\d{4}-\d\d-\d\d)\s+/;

let limits = null;
let source = ""; // the text as it came: a text area has no carriage returns
let dated = ""; // the date that belongs to the text
let record = null;
let answer = ""; // the record as the service wrote it
let running = null;

const LONGEST = 2 ** 26; // bytes in a link, when unpacked
const OPENED = 500_000; // characters of a link that every browser opens
const OTHERS = /\.(html?|xml|jsonl?|csv|tsv)$/i; // would be read as if their markup were words

async function allowed() {
  limits ??= (await (await ask("v1/info")).json()).limits;
  return limits;
}

// The article -------------------------------------------------------------------------------

// Put a text in the place of the one before.
function put(text, date = ownDate()) {
  source = text;
  find("text").value = text;
  find("date").value = dated = date ?? "";
}

// Return the date unless it is that of the text before.
function ownDate() {
  const { value } = find("date");
  return value === dated ? "" : value;
}

function article() {
  const shown = find("text").value;
  const same = shown === source.replace(/\r\n?/g, "\n");
  return { text: same ? source : shown, date: find("date").value || null };
}

// Put the text of a file, whose first line may tell the date.
function putFile(text) {
  const [header, date] = HEADER.exec(text) ?? ["", undefined];
  clear();
  put(text.slice(header.length), date);
  if (date && !find("date").value) throw new Problem(422, `Its first line says ${date}, which is no day.`);
}

async function read(file) {
  await attempt(async () => {
    if (OTHERS.test(file.name))
      throw new Problem(415, `${file.name} is no plain text: copy its words, or let eventx extract read it.`);
    const { max_body: most } = await allowed();
    if (file.size > most) throw new Problem(413, `${file.name} has more than ${most} bytes.`);
    let text;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    } catch {
      throw new Problem(415, `${file.name} is no text in UTF-8.`);
    }
    putFile(text);
    await extract();
  });
}

async function example() {
  await attempt(async () => {
    const response = await ask("page/example.txt");
    putFile(await response.text());
    await extract();
  });
}

// The meetings ------------------------------------------------------------------------------

// Read the article; the address has the fragment it came from, or none.
async function extract(fragment = "") {
  running?.abort();
  history.replaceState(null, "", fragment || location.pathname + location.search);
  const mine = running = new AbortController();
  const { text, date } = article();
  dated = date ?? "";
  clear();
  if (!text.trim()) throw new Problem(422, "There is no text yet: paste one, or drop a file.");
  say("Reading …", true);
  const { max_characters: most } = await allowed();
  if (length(text) > most) throw new Problem(413, `The text has more than ${most} characters.`);
  const start = performance.now();
  const response = await ask("v1/extract", JSON.stringify({ text, date }), mine.signal);
  answer = await response.text();
  record = JSON.parse(answer);
  show();
  const number = record.meetings.length;
  const mentions = record.events.length;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const found = number ? `${count(number, "meeting")} in ${count(mentions, "mention")}` : "No meeting in this text";
  say(`${found}, read in ${seconds} s.`);
}

const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

function show() {
  find("marked").replaceChildren(...marked(record));
  find("timeline").replaceChildren(...timeline(record));
  find("cards").replaceChildren(...cards(record));
  const any = record.meetings.length > 0;
  for (const id of ["when", "which", "legend"]) find(id).hidden = !any;
  find("found").hidden = false;
  editing(false);
}

function clear() {
  record = null;
  for (const id of ["found", "problem", "link"]) find(id).hidden = true;
  choose(null);
  editing(true);
}

function editing(yes) {
  find("editor").hidden = !yes;
  find("reading").hidden = yes;
  find("edit").hidden = find("new").hidden = yes;
  find("find").hidden = !yes;
}

// Light up a meeting's mentions and its card.
function choose(number) {
  const chosen = number === null ? null : String(number);
  find("marked").classList.toggle("chosen", chosen !== null);
  for (const mark of find("marked").querySelectorAll("[data-in]"))
    mark.classList.toggle("lit", mark.dataset.in.split(" ").includes(chosen));
  for (const one of document.querySelectorAll("[data-meeting]")) {
    const is = one.dataset.meeting === chosen;
    one.classList.toggle("chosen", is);
    (one.querySelector(".choose") ?? one).setAttribute("aria-pressed", is);
  }
}

const chosen = () => document.querySelector(".card.chosen")?.dataset.meeting ?? null;

function reveal(node) {
  node?.scrollIntoView({ block: "nearest" });
}

function mention(start) {
  return find("marked").querySelector(`[data-start="${start}"]`);
}

// A meeting that is chosen once more is let go.
function pick(number) {
  choose(chosen() === number ? null : number);
  reveal(find("marked").querySelector(".trigger.lit"));
}

// What is kept ------------------------------------------------------------------------------

async function download(form) {
  const blob = form === "json"
    ? new Blob([answer, "\n"], { type: "application/json" })
    : await (await ask(`v1/render/${form}`, answer)).blob();
  const link = element("a", { href: URL.createObjectURL(blob), download: `meetings.${form}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

async function copy(text, done) {
  if (!navigator.clipboard) throw new Problem(0, "This browser copies nothing from pages that come without TLS.");
  await navigator.clipboard.writeText(text);
  say(done);
}

async function share() {
  const fragment = await packed({ text: record.text, date: record.date });
  if (fragment.length > OPENED) throw new Problem(0, "The text is too long for a link; download the JSON.");
  history.replaceState(null, "", fragment);
  find("link").hidden = false;
  find("address").value = location.href;
  find("address").select();
  if (navigator.clipboard) await copy(location.href, "The link is copied.").catch(() => {});
}

async function arrive() {
  const shared = await unpacked(location.hash, LONGEST);
  if (!shared) return false;
  put(shared.text, shared.date);
  await extract(location.hash);
  return true;
}

// What is said ------------------------------------------------------------------------------

function say(message, busy = false) {
  find("status").textContent = message;
  find("status").classList.toggle("busy", busy);
}

function complain(error) {
  say("");
  if (error.status === 401) {
    find("login").hidden = false;
    find("token").focus();
  }
  const points = (error.errors ?? []).map((one) => element("li", {}, `${one.pointer}: ${one.detail}`));
  find("problem").replaceChildren(element("strong", {}, error.message), ...(points.length ? [element("ul", {}, ...points)] : []));
  find("problem").hidden = false;
  if (error.status !== 401) find("problem").focus();
}

// Do something and tell what went wrong; what the user has given up does not count.
async function attempt(action) {
  find("problem").hidden = true;
  try {
    return await action();
  } catch (error) {
    if (error.name !== "AbortError") complain(error);
  }
}

// Start -------------------------------------------------------------------------------------

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  use(find("token").value);
  attempt(async () => {
    await extract();
    find("marked").focus(); // the button is gone
  });
});
find("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) find("form").requestSubmit();
});
find("text").addEventListener("beforeinput", ({ target }) => {
  const all = target.value && target.selectionStart === 0 && target.selectionEnd === target.value.length;
  if (all) find("date").value = ownDate(); // another text comes
});
find("edit").addEventListener("click", () => {
  editing(true);
  find("text").focus();
});
find("new").addEventListener("click", () => {
  put("", "");
  clear();
  say("");
  find("text").focus();
});
find("open").addEventListener("click", () => find("file").click());
find("file").addEventListener("change", () => {
  const [file] = find("file").files;
  find("file").value = "";
  if (file) read(file);
});
find("example").addEventListener("click", example);
find("copy").addEventListener("click", () => attempt(() => copy(answer, "The JSON is copied.")));
find("share").addEventListener("click", () => attempt(share));
find("keep").addEventListener("click", ({ target }) => {
  if (target.dataset.form) attempt(() => download(target.dataset.form));
});
find("timeline").addEventListener("click", ({ target }) => {
  const row = target.closest("[data-meeting]");
  if (!row) return;
  pick(row.dataset.meeting);
  reveal(document.querySelector(".card.chosen"));
});
find("cards").addEventListener("click", ({ target }) => {
  const card = target.closest("[data-meeting]");
  if (!card || getSelection().toString()) return;
  const quote = target.closest("[data-start]");
  if (quote) {
    choose(card.dataset.meeting);
    reveal(mention(quote.dataset.start));
    mention(quote.dataset.start)?.focus();
  } else pick(card.dataset.meeting);
});
find("marked").addEventListener("click", ({ target }) => follow(target));
find("marked").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  if (!event.target.closest(".mark")) return;
  event.preventDefault();
  follow(event.target);
});

function follow(target) {
  const [number] = (target.closest("[data-in]")?.dataset.in ?? "").split(" ");
  if (!number) return;
  choose(number);
  reveal(document.querySelector(".card.chosen"));
}

addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  const { files } = event.dataTransfer;
  const text = event.dataTransfer.getData("text");
  if (files.length > 1) complain(new Problem(0, `One file at a time: ${files.length} were dropped.`));
  else if (files.length) read(files[0]);
  else if (text) {
    put(text);
    attempt(extract);
  }
});
addEventListener("hashchange", () => attempt(arrive));

find("legend").append(...Object.entries(ROLES).map(([role, name]) =>
  element("li", {}, element("span", { className: `mark ${role}` }, name))));

if (!(await attempt(arrive)) && find("problem").hidden) await example();
