/**
 * A frozen list of slots as text that is short for what schedules make: the first time, then the distances, each with how often
 * it comes in a row. `1772330400 +86400x28 +82800 +86400x2` are 32 days at 02:00 in Berlin, over a change of the clock.
 * 100,000 irregular slots take less than 1 MB, half of what Temporal lets a payload have.
 */

/** @param slots whole seconds since 1970, ascending, each once */
export function encodeSlots(slots: readonly number[]): string {
  const [first, ...rest] = slots;
  if (first === undefined) return '';
  const parts: string[] = [String(first)];
  let before = first;
  let distance = 0;
  let times = 0;
  const flush = () => {
    if (times > 0) parts.push(times === 1 ? `+${distance}` : `+${distance}x${times}`);
  };
  for (const slot of rest) {
    if (slot - before === distance) {
      times += 1;
    } else {
      flush();
      distance = slot - before;
      times = 1;
    }
    before = slot;
  }
  flush();
  return parts.join(' ');
}

/** @throws RangeError for a text that {@link encodeSlots} did not make */
export function decodeSlots(text: string): number[] {
  if (text === '') return [];
  const [head = '', ...steps] = text.split(' ');
  if (!/^\d+$/.test(head)) throw new RangeError(`no list of slots: ${text.slice(0, 40)}`);
  let slot = Number(head);
  const slots = [slot];
  for (const step of steps) {
    const [, distance, times = '1'] = /^\+(\d+)(?:x(\d+))?$/.exec(step) ?? [];
    if (distance === undefined) throw new RangeError(`no step of a list of slots: ${step.slice(0, 40)}`);
    for (let left = Number(times); left > 0; left -= 1) {
      slot += Number(distance);
      slots.push(slot);
    }
  }
  return slots;
}
