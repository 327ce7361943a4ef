// The meetings in the order of their days, each with a bar on a common scale.

import { day, when } from "./dates.js";
import { element } from "./elements.js";

const DAY = 86400000;
const STEPS = [
  ["day", 1], ["day", 2], ["day", 7], ["month", 1], ["month", 3], ["month", 6],
  ["year", 1], ["year", 2], ["year", 5], ["year", 10], ["year", 25], ["year", 50], ["year", 100], ["year", 500],
];
const MOST = 3; // steps on the scale
const [APART, LAST] = [28, 80]; // percent of the scale that a label needs before the next, and where none fits any more

export function timeline(record) {
  const key = (meeting) => meeting.start ?? "~"; // behind all digits
  const meetings = [...(record.meetings ?? [])].sort((one, other) =>
    (key(one) > key(other)) - (key(one) < key(other)) || one.id - other.id);
  const dated = meetings.filter((meeting) => meeting.start);
  const days = dated.flatMap((meeting) => [+day(meeting.start), +day(meeting.end ?? meeting.start) + DAY]);
  if (record.date && days.length) days.push(+day(record.date), +day(record.date) + DAY);
  const scale = days.length ? scaled(Math.min(...days), Math.max(...days)) : null;
  const rows = meetings.map((meeting) => element("li", {}, row(record, meeting, scale)));
  const list = element("ol", { "aria-label": "Timeline" }, ...rows);
  return scale ? [axis(scale), list, ...(record.date ? [legend(record.date)] : [])] : [list];
}

// Return a function from a time to its place in percent, with the ends as properties.
function scaled(first, last) {
  const margin = Math.max((last - first) * 0.03, DAY / 4);
  const [begin, end] = [first - margin, last + margin];
  return Object.assign((time) => ((time - begin) / (end - begin)) * 100, { begin, end });
}

function row(record, meeting, scale) {
  const names = [...meeting.participants, ...meeting.chairs, ...meeting.hosts].map((actor) => actor.name);
  const who = [...new Set(names)].join(", ") || "meeting";
  const track = element("span", { className: "track" });
  if (scale && record.date) track.append(published(scale, record.date));
  if (meeting.start) track.append(bar(meeting, scale));
  else track.append(element("span", { className: "soft" }, when(meeting)));
  return element("button", {
    type: "button", className: "span", dataset: { meeting: meeting.id }, "aria-pressed": "false",
    "aria-label": `Meeting ${meeting.id}, ${when(meeting)}, ${meeting.status}: ${who}`, title: when(meeting),
  }, element("span", { className: "who" }, element("span", { className: "number" }, String(meeting.id)), who), track);
}

function bar(meeting, scale) {
  const [left, right] = [scale(+day(meeting.start)), scale(+day(meeting.end ?? meeting.start) + DAY)];
  const made = element("span", { className: `bar ${meeting.status}` });
  made.style.left = `min(${left}%, calc(100% - .8rem))`;
  made.style.width = `${right - left}%`;
  return made;
}

function published(scale, date) {
  const made = element("span", { className: "published" });
  made.style.left = `${scale(+day(date) + DAY / 2)}%`;
  return made;
}

function legend(date) {
  const line = element("span", { className: "published" });
  return element("p", { className: "soft" }, line, `published ${when({ date, start: date, end: date })}`);
}

function axis(scale) {
  const track = element("div", { className: "track" });
  for (const [time, label] of ticks(scale)) {
    const tick = element("span", { className: "tick" }, label);
    tick.style.left = `${scale(time)}%`;
    track.append(tick);
  }
  return element("div", { className: "axis", "aria-hidden": "true" }, element("span"), track);
}

function ticks(scale) {
  for (const [unit, step] of STEPS) {
    const lengths = { day: DAY, month: 30 * DAY, year: 365 * DAY };
    if ((scale.end - scale.begin) / (lengths[unit] * step) > MOST) continue;
    const found = [];
    let free = 0;
    for (let time = begin(scale.begin, unit, step); scale(time) < 100; time = next(time, unit, step)) {
      const place = scale(time);
      if (place < 0) continue;
      const fits = place >= free && place <= LAST;
      found.push([time, fits ? label(time, unit) : ""]);
      if (fits) free = place + APART;
    }
    return found;
  }
  return [];
}

function begin(time, unit, step) {
  const date = new Date(time);
  if (unit === "day") return Math.ceil(time / DAY) * DAY;
  const year = date.getUTCFullYear();
  if (unit === "month") return utc(year, Math.floor(date.getUTCMonth() / step) * step);
  return utc(Math.floor(year / step) * step, 0);
}

function next(time, unit, step) {
  const date = new Date(time);
  if (unit === "day") return time + step * DAY;
  if (unit === "month") return utc(date.getUTCFullYear(), date.getUTCMonth() + step);
  return utc(date.getUTCFullYear() + step, 0);
}

function utc(year, month) { // Date.UTC would take 21 for 1921
  return new Date(0).setUTCFullYear(year, month, 1);
}

function label(time, unit) {
  const options = { timeZone: "UTC", year: "numeric" };
  if (unit !== "year") options.month = "short";
  if (unit === "day") options.day = "numeric";
  return new Intl.DateTimeFormat("en-GB", options).format(time);
}
