// The library below declares its classes by decorators that need it (@peculiar/x509 2.2 README).
import 'reflect-metadata'
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { KeyPair } from '../../src/net/http-server.ts'

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** A self-signed certificate that may sign others. Keys are ECDSA P-256, which every TLS client of today knows. */
export async function issueAuthority(name: string, validity: Validity): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    serialNumber: serialNumber(),
    keys,
    signingAlgorithm: algorithm,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: pemOf(certificate), key: await keyPem(keys.privateKey) }
}

/** A server's certificate for DNS names and IPv4 or IPv6 addresses. Go reads the subject alternative names alone. */
export async function issueServer(authority: KeyPair, hosts: readonly string[], validity: Validity): Promise<KeyPair> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const issuer = new x509.X509Certificate(authority.certificate)
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: ['warmpath-webhook'] }],
    issuer: issuer.subject,
    serialNumber: serialNumber(),
    publicKey,
    signingKey: await signingKey(authority.key),
    signingAlgorithm: algorithm,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isAddress(value) ? 'ip' : 'dns', value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return { certificate: pemOf(certificate), key: await keyPem(privateKey) }
}

export interface CertificateFacts {
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly hosts: readonly string[]
  /** Whether the authority signed it. */
  readonly isIssuedBy: (authority: string) => boolean
}

/** Of the first certificate of a PEM text; `undefined` if there is none. */
export function readCertificate(pem: string): CertificateFacts | undefined {
  const certificate = parse(pem)
  if (certificate === undefined) return undefined
  const names = certificate.subjectAltName?.split(', ') ?? []
  return {
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
    hosts: names.map((name) => name.replace(/^(DNS|IP Address):/, '')),
    isIssuedBy(authority) {
      const issuer = parse(authority)
      return issuer !== undefined && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
    },
  }
}

/** Whether the key belongs to the first certificate. */
export function isPair({ certificate, key }: KeyPair): boolean {
  try {
    return parse(certificate)?.checkPrivateKey(createPrivateKey(key)) === true
  } catch {
    return false
  }
}

/** Each certificate of a PEM text by itself. */
export const splitPem = (text: string): readonly string[] =>
  (text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((pem) => `${pem}\n`)

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** 127 random bits: positive in DER, and no two alike (RFC 5280 section 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':')

const pemOf = (certificate: x509.X509Certificate): string => `${certificate.toString('pem')}\n`

async function keyPem(key: Parameters<typeof crypto.subtle.exportKey>[1]): Promise<string> {
  return `${x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}

function signingKey(pem: string) {
  const [der] = x509.PemConverter.decode(pem)
  if (der === undefined) throw new TypeError('Cannot sign: the key of the authority is no PEM')
  return crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
}
