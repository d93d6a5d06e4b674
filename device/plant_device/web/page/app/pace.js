// How the picture is asked for: as a stream while that is quick, one by one where it is not. What
// waits in the buffers of a slow network would be seconds old; a single picture never is.

const SLOW_PER_SECOND = 3;
const SLOW_SECONDS = 5;
const STREAM_AGAIN_SECONDS = 20;

/** Counts frames of a stream; `slow` once they have been rare for too long. */
export function streamPace(now) {
  let since = now;
  let count = 0;
  let rare = 0;
  return {
    frame: () => count++,
    slow(at) {
      const seconds = (at - since) / 1000;
      if (seconds < 1) return false;
      rare = count / seconds < SLOW_PER_SECOND ? rare + seconds : 0;
      since = at;
      count = 0;
      return rare >= SLOW_SECONDS;
    },
  };
}

/** Whether a stream is worth another try after so long with single pictures. */
export function streamAgain(since, now) {
  return (now - since) / 1000 >= STREAM_AGAIN_SECONDS;
}
