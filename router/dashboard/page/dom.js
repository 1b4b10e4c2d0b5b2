const LONGEST_TEXT = 500

/** An HTML element with attributes and children. Texts become text nodes: what others named never becomes markup. */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children)
}

export function svgElement(name, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  node.append(...children)
  return node
}

/** Writes what has changed only, so that a selection in the page stays. */
export function setText(node, text) {
  const shown = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
  if (node.textContent !== shown) node.textContent = shown
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value)
}

/** A cell that keeps its role where style sheets make it something else than a table cell. */
export const cell = (className, ...children) => element('td', { class: className, role: 'cell' }, ...children)

/** A bar from 0 to 1; an unknown part is empty. */
export function createBar(className) {
  const part = element('span', { class: 'part' })
  const node = element('span', { class: `bar ${className}`, 'aria-hidden': 'true' }, part)
  return {
    node,
    set(fraction = 0) {
      part.style.width = `${(100 * Math.min(1, Math.max(0, fraction))).toFixed(1)}%`
    },
  }
}

/** Makes the children of `parent` those of `nodes`, in their order, moving as few as possible. */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes)
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove()
  let place = parent.firstElementChild
  for (const node of nodes) {
    if (node === place) place = place.nextElementSibling
    else parent.insertBefore(node, place)
  }
}
