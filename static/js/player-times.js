// Times as they stand in addresses, and as people read them.

/** Seconds of "90", "90s", "1m30s", "1h2m3s", "1:30"; null for anything else. */
export function secondsOf(text) {
  if (!text) return null;
  if (/^\d+(\.\d+)?s?$/.test(text)) return parseFloat(text);
  const clock = /^(?:(\d+):)?(\d{1,2}):(\d{2})$/.exec(text);
  const units = clock ?? /^(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (!units) return null;
  const [hours, minutes, seconds] = units.slice(1).map((each) => Number(each ?? 0));
  return hours * 3600 + minutes * 60 + seconds;
}

/** "0:07", "12:34", "1:02:03". */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
