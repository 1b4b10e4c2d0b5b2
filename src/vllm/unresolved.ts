/** Values of variables by name. */
export type KnownValues = ReadonlyMap<string, string>

// Noncharacters are for use inside a process (Unicode 16, section 23.7): no command line has a reason to hold them,
// and text that does counts as unresolved, which is the careful reading.
const OPEN = '\uFDD0'
const CLOSE = '\uFDD1'

/** Stands in a word for text that the pod does not tell, such as `$(PORT)` from a Secret. */
export const unresolvedMark = (source: string): string => `${OPEN}${source.replaceAll(/[\uFDD0\uFDD1]/g, '')}${CLOSE}`

export const isUnresolved = (word: string): boolean => word.includes(OPEN)

/** The word for people to read, with the reference itself where its value is missing. */
export const showWord = (word: string): string => word.replaceAll(/[\uFDD0\uFDD1]/g, '')

/** The text between blanks; the text of a mark may hold blanks itself and stays in one piece. */
export const splitBlanks = (text: string): readonly string[] => text.match(/(?:\uFDD0[^\uFDD1]*\uFDD1|\S)+/g) ?? []
