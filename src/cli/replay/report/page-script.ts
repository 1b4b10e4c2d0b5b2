import { readFile } from 'node:fs/promises'

/** The modules of the page, each after those it imports. */
const modules = ['dom', 'format', 'scale', 'tooltip', 'line-chart', 'heatmap', 'hit-strip', 'main']
const styles = ['page.css', 'plots.css']

export interface PageAssets {
  readonly script: string
  readonly style: string
}

/**
 * Script and style of the report, from `page/`. A page that needs no network cannot import: the modules become one,
 * by dropping their import lines and `export` keywords. Names at their top level must therefore differ.
 */
export async function pageAssets(): Promise<PageAssets> {
  const sources = await Promise.all(modules.map((name) => read(`${name}.js`)))
  return {
    script: sources.map(withoutModuleSyntax).join('\n'),
    style: (await Promise.all(styles.map(read))).join('\n'),
  }
}

const read = (name: string): Promise<string> => readFile(new URL(`page/${name}`, import.meta.url), 'utf8')

function withoutModuleSyntax(source: string): string {
  return source
    .replace(/^import .*$/gm, '')
    .replace(/^export (?=function|const)/gm, '')
    .trim()
}
