// Offsets of a record count code points; strings of JavaScript count UTF-16 units.

// Return a function from an offset in code points to one in units. A lone surrogate is a code point.
export function units(text) {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return (offset) => offset;
  const starts = [];
  let unit = 0;
  for (const point of text) {
    starts.push(unit);
    unit += point.length;
  }
  starts.push(unit);
  return (offset) => starts[offset];
}

export function length(text) {
  let points = 0;
  for (const _ of text) points += 1;
  return points;
}
