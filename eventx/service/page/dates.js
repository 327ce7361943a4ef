// Days as people write them.

const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
const LONG = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

export const day = (iso) => new Date(`${iso}T00:00Z`);

// Return when a meeting is: its year, its month, or its days, with the hour if it is known.
export function when(meeting) {
  if (!meeting.start || /^\d{4}$/.test(meeting.date)) return meeting.date ?? "no date";
  if (/^\d{4}-\d\d$/.test(meeting.date)) return MONTH.format(day(meeting.start));
  const hour = /T(\d\d:\d\d)/.exec(meeting.date ?? "");
  const last = meeting.end ?? meeting.start;
  const days = last === meeting.start ? LONG.format(day(last)) : LONG.formatRange(day(meeting.start), day(last));
  return hour ? `${days}, ${hour[1]}` : days;
}
