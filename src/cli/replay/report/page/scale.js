/** Maps values of an axis to pixels, `from` at its min and `to` at its max, and back. */
export function createScale({ scale, min, max }, from, to) {
  const forward = scale === 'log' ? (value) => Math.log(Math.max(value, min)) : (value) => value
  const backward = scale === 'log' ? Math.exp : (value) => value
  const [low, high] = [forward(min), forward(max)]
  return {
    toPixel: (value) => from + ((forward(value) - low) / (high - low)) * (to - from),
    toValue: (pixel) => backward(low + ((pixel - from) / (to - from)) * (high - low)),
  }
}

/** Ticks that leave `gap` pixels between their neighbours; the first is always kept. */
export function spacedTicks(axis, { toPixel }, gap) {
  let last = -Infinity
  return axis.ticks.filter(({ at }) => {
    const pixel = toPixel(at)
    if (Math.abs(pixel - last) < gap) return false
    last = pixel
    return true
  })
}
