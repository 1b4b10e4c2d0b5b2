import { html } from './dom.js'

const box = html('div', { class: 'tooltip', role: 'status' })

/** Shows `title` and rows of [colour or undefined, name, value] beside the pointer, inside the window. */
export function showTooltip(event, title, rows) {
  if (!box.isConnected) document.body.append(box)
  const lines = rows.map(([color, name, value]) => {
    const swatch = html('i', { class: 'swatch' })
    if (color) swatch.style.background = color
    return html('div', {}, swatch, html('span', {}, name), html('b', {}, value))
  })
  box.replaceChildren(html('strong', {}, title), ...lines)
  box.style.display = 'block'
  const { width, height } = box.getBoundingClientRect()
  const left = event.clientX + 16 + width > innerWidth ? event.clientX - 16 - width : event.clientX + 16
  const top = Math.min(event.clientY + 12, innerHeight - height - 8)
  box.style.left = `${Math.max(8, left)}px`
  box.style.top = `${Math.max(8, top)}px`
}

export function hideTooltip() {
  box.style.display = 'none'
}
