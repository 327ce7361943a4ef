// The article with its mentions marked.

import { element } from "./elements.js";
import { units } from "./offsets.js";

export const ROLES = {
  trigger: "meeting", participants: "participant", chairs: "chair", hosts: "host", dates: "date", places: "place",
};
export const FORMATS = { in_person: "in person", virtual: "virtual", phone: "by phone" };

// Return the nodes of a record's text. A marked stretch names the meetings it belongs to in data-in.
export function marked(record) {
  const unit = units(record.text);
  const homes = new Map();
  for (const meeting of record.meetings ?? [])
    for (const event of meeting.events) homes.set(event, meeting.id);
  const nodes = [];
  for (const [start, end, marks] of segments(record)) {
    const words = lines(record.text.slice(unit(start), unit(end)));
    if (marks.length) nodes.push(mark(record, homes, start, end, marks, words));
    else nodes.push(...words);
  }
  return nodes;
}

// Return start, end and the marks over it for each stretch in which no mark begins or ends.
function segments(record) {
  const begun = new Map();
  const borders = new Set([0]);
  let last = 0;
  record.events.forEach((event, index) => {
    for (const role of Object.keys(ROLES))
      for (const span of [event[role]].flat()) {
        if (!begun.has(span.start)) begun.set(span.start, []);
        begun.get(span.start).push({ role, index, span });
        borders.add(span.start).add(span.end);
        last = Math.max(last, span.end);
      }
  });
  const sorted = [...borders].sort((one, other) => one - other);
  const found = [];
  let over = [];
  sorted.forEach((start, place) => {
    over = over.filter((mark) => mark.span.end > start).concat(begun.get(start) ?? []);
    if (start < last) found.push([start, sorted[place + 1], over]);
  });
  found.push([last, undefined, []]);
  return found;
}

function mark(record, homes, start, end, marks, words) {
  const triggers = marks.filter((one) => one.role === "trigger");
  const numbers = (some) => [...new Set(some.map((one) => homes.get(one.index)).filter((number) => number))];
  const span = element("span", {
    className: ["mark", ...new Set(marks.map((one) => one.role))].join(" "),
    title: marks.map((one) => told(one, record.events[one.index], homes.get(one.index))).join("\n"),
    dataset: { in: numbers(marks).join(" "), start },
  }, ...words);
  const label = numbers(triggers.filter((one) => one.span.end === end)).join(",");
  if (label) span.dataset.label = label;
  const begins = triggers.some((one) => one.span.start === start && homes.has(one.index));
  if (begins) Object.assign(span, { tabIndex: 0, role: "button" });
  return span;
}

function told(mark, event, number) {
  const parts = [ROLES[mark.role]];
  if (mark.role === "dates") parts.push(mark.span.value ?? "unknown");
  parts.push(mark.role === "trigger" ? `“${mark.span.text}”` : `of “${event.trigger.text}”`);
  const score = mark.span.score === undefined ? "" : `, score ${mark.span.score.toFixed(2)}`;
  return `${parts.join(" ")}${number ? ` (meeting ${number})` : ""}, ${event.status}, ${FORMATS[event.format]}${score}`;
}

// A bare carriage return breaks a line, which browsers do not do by themselves.
function lines(text) {
  return text.split(/\r(?!\n)/).flatMap((line, index) => (index ? ["\r", element("br"), line] : [line]));
}
