// A card for each meeting.

import { when } from "./dates.js";
import { element } from "./elements.js";
import { FORMATS } from "./text.js";

const COUNTRIES = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });

export function cards(record) {
  return (record.meetings ?? []).map((meeting) => card(record, meeting));
}

function card(record, meeting) {
  const heading = element("button", { type: "button", className: "choose", "aria-pressed": "false" },
    element("span", { className: "number" }, String(meeting.id)), when(meeting));
  const rows = {
    "Who": list(meeting.participants.map(actor)),
    "Chaired by": list(meeting.chairs.map(actor)),
    "Hosted by": list(meeting.hosts.map(actor)),
    "Where": list(meeting.places.map((place) => [name(place)])),
    "Format": FORMATS[meeting.format],
    "Date": meeting.date !== meeting.start && meeting.date,
    "Score": meeting.score?.toFixed(2),
    "In the text": quotes(record, meeting),
  };
  const terms = Object.entries(rows).filter(([, value]) => value);
  return element("section", { className: "card", dataset: { meeting: meeting.id }, "aria-label": `Meeting ${meeting.id}` },
    element("h3", {}, heading, element("span", { className: `badge ${meeting.status}` }, meeting.status)),
    element("dl", {}, ...terms.flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, value)])));
}

function list(items) {
  return items.length ? element("ul", {}, ...items.map((item) => element("li", {}, ...item))) : "";
}

const name = (named) => element("bdi", {}, named.name);

function actor(one) {
  const country = one.country && COUNTRIES.of(one.country);
  const about = new Set([one.title, one.affiliation, country].filter((part) => part && part !== one.name));
  const soft = element("span", { className: "soft" }, element("bdi", {}, ` ${[...about].join(", ")}`));
  return [element("strong", {}, name(one)), ...(about.size ? [soft] : [])];
}

function quotes(record, meeting) {
  const triggers = meeting.events.map((event) => record.events[event].trigger);
  return element("span", { className: "quotes" }, ...triggers.map((trigger) =>
    element("button", { type: "button", dataset: { start: trigger.start } }, element("bdi", {}, trigger.text))));
}
