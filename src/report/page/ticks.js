// Axes: where their ticks are.

/** Values 1, 2 or 5 times a power of ten apart, at most about `count`, that lie in [low, high]. */
function niceTicks(low, high, count, whole = false) {
  const raw = (high - low) / Math.max(1, count);
  if (!(raw > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  let step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw * 0.999);
  if (whole) step = Math.max(1, Math.round(step));
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/**
 * Values 1, 2 and 5 times powers of ten, or powers alone where the axis spans many; those of an even axis where there
 * would be fewer than two.
 */
function logTicks(low, high) {
  const ticks = [];
  const factors = Math.log10(high / low) > 3 ? [1] : [1, 2, 5];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of factors) {
      const value = Number((factor * 10 ** power).toPrecision(12));
      if (value >= low * 0.999 && value <= high * 1.001) ticks.push(value);
    }
  }
  return ticks.length < 2 ? niceTicks(low, high, 5) : ticks;
}

/** The ends of an axis that holds `values`: whole steps, with 0 where it is near. */
function niceRange(values, isLog) {
  let low = Infinity,
    high = -Infinity;
  for (const value of values) {
    if (!isNumber(value) || (isLog && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return isLog ? [0.1, 1] : [0, 1];
  if (isLog) return low === high ? [low / 2, high * 2] : [low, high];
  if (low > 0 && low < 0.5 * high) low = 0;
  if (high < 0 && high > 0.5 * low) high = 0;
  if (low === 0 && high === 0) return [0, 1];
  if (low === high) [low, high] = [low - (Math.abs(low) * 0.1 || 0.5), high + (Math.abs(high) * 0.1 || 0.5)];
  const ticks = niceTicks(low, high, 4);
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : high - low;
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

/** Means over `width` points around each point; gaps stay gaps. */
function smoothed(values, width) {
  if (width < 2) return values;
  const half = Math.floor(width / 2);
  return values.map((value, index) => {
    if (!isNumber(value)) return value;
    const around = values.slice(Math.max(0, index - half), index + half + 1).filter(isNumber);
    return around.reduce((sum, each) => sum + each, 0) / around.length;
  });
}
