// A plain scatter's geometry: pure functions.

const METRES_PER_DEGREE = 111320;
const STEPS = [1, 2, 5];

/** Metres east and north of a middle; right for a farm, and good enough for a district. */
export function metresFrom(middle, { longitude, latitude }) {
  const narrow = Math.cos((middle.latitude * Math.PI) / 180);
  let degrees = longitude - middle.longitude;
  if (degrees > 180) degrees -= 360;
  if (degrees < -180) degrees += 360;
  return {
    east: degrees * narrow * METRES_PER_DEGREE,
    north: (latitude - middle.latitude) * METRES_PER_DEGREE,
  };
}

/** The middle of places, by their median: one far off does not pull it away. */
export function middleOf(places) {
  const median = (name) => places.map((place) => place[name]).sort((a, b) => a - b)[places.length >> 1];
  return { latitude: median("latitude"), longitude: median("longitude") };
}

/** The view that shows all points: its centre in metres, and metres a pixel. */
export function viewOf(points, width, height, margin = 48, least = 0.05) {
  const easts = points.map(({ east }) => east);
  const norths = points.map(({ north }) => north);
  const [west, east] = [smallest(easts), largest(easts)];
  const [south, north] = [smallest(norths), largest(norths)];
  const scale = Math.max(
    (east - west) / Math.max(width - 2 * margin, 1),
    (north - south) / Math.max(height - 2 * margin, 1),
    least,
  );
  return { east: (west + east) / 2, north: (south + north) / 2, scale };
}

export function onScreen(view, { east, north }, width, height) {
  return {
    x: width / 2 + (east - view.east) / view.scale,
    y: height / 2 - (north - view.north) / view.scale,
  };
}

/** A view scaled by a factor about a point of the screen, which stays where it is. */
export function zoomed(view, factor, { x, y }, width, height) {
  const scale = Math.min(Math.max(view.scale / factor, 0.005), 20000);
  const moved = view.scale - scale;
  return {
    east: view.east + (x - width / 2) * moved,
    north: view.north - (y - height / 2) * moved,
    scale,
  };
}

/** A round length of at most `pixels`, in metres, and as pixels. */
export function scaleBar(scale, pixels) {
  const longest = scale * pixels;
  const power = 10 ** Math.floor(Math.log10(longest));
  const metres = power * STEPS.filter((step) => step * power <= longest).pop();
  return { metres, pixels: metres / scale };
}

/**
 * Points that would cover each other on the screen, as groups: each with its middle and members.
 * They depend on the scale and not on where the view is, so that dragging leaves them alone.
 */
export function grouped(points, reach) {
  const groups = [];
  const cells = new Map();
  for (const point of points) {
    const [column, row] = [Math.floor(point.east / reach), Math.floor(point.north / reach)];
    let group = null;
    for (let x = column - 1; x <= column + 1 && !group; x++) {
      for (let y = row - 1; y <= row + 1 && !group; y++) {
        group = cells
          .get(`${x} ${y}`)
          ?.find(({ members: [first] }) => Math.hypot(first.east - point.east, first.north - point.north) < reach);
      }
    }
    if (group) group.members.push(point);
    else {
      group = { members: [point] };
      groups.push(group);
      const key = `${column} ${row}`;
      cells.set(key, [...(cells.get(key) ?? []), group]);
    }
  }
  return groups.map(({ members }) => ({ members, east: mean(members, "east"), north: mean(members, "north") }));
}

function mean(members, name) {
  return members.reduce((sum, member) => sum + member[name], 0) / members.length;
}

// Not Math.min(...values): thousands of arguments overflow the stack of a small phone.
function smallest(values) {
  return values.reduce((one, other) => Math.min(one, other), Infinity);
}

function largest(values) {
  return values.reduce((one, other) => Math.max(one, other), -Infinity);
}
