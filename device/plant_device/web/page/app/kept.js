// What this browser remembers; one that forbids it forgets, and the page works all the same.

export function recall(name, otherwise = null) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Private windows and full disks.
  }
}

export function forget(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // There was nothing to forget.
  }
}
