import { get } from 'node:https'

/** Whether a GET is answered with 200 by a server that `authority` (PEM) vouches for; no connection counts as no. */
export function answersOverTls(url: string, authority: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { ca: authority, timeout: 2000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
  })
}
