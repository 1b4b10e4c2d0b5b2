import 'reflect-metadata'
import { generateKeyPairSync, type webcrypto } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'

/** Files with a certificate and its private key, PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

export interface CertificateRequest {
  /** Of the files, and the common name unless told: a user of Kubernetes. */
  readonly name: string
  readonly commonName?: string
  /** Groups of the user. */
  readonly organization?: string
  /** Names and addresses that a server answers to. */
  readonly hosts?: readonly string[]
}

export interface Authority {
  /** Path of the certificate, PEM. */
  readonly file: string
  readonly pem: string
  /** A certificate for servers and clients, valid for a day. */
  issue(request: CertificateRequest): Promise<KeyPair>
}

/** A certificate authority whose files are in `folder`. */
export async function createAuthority(folder: string, name: string): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  })
  const pem = `${root.toString('pem')}\n`
  const file = join(folder, `${name}.crt`)
  await writeFile(file, pem)
  return {
    file,
    pem,
    async issue({ name: fileName, commonName = fileName, organization, hosts = [] }) {
      const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
      const leaf = await x509.X509CertificateGenerator.create({
        subject: [...(organization === undefined ? [] : [{ O: [organization] }]), { CN: [commonName] }],
        issuer: root.subject,
        publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        ...validity(),
        extensions: [
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
          new x509.SubjectAlternativeNameExtension(
            hosts.map((value) => ({ type: isAddress(value) ? 'ip' : 'dns', value })),
          ),
        ],
      })
      return writePair(folder, fileName, `${leaf.toString('pem')}\n`, await privatePem(privateKey))
    },
  }
}

/** A key for signing service account tokens, in SEC1: Kubernetes takes public keys from that, and not from PKCS 8. */
export async function createKeyFile(folder: string, name: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const file = join(folder, `${name}.key`)
  await writeFile(file, privateKey.export({ format: 'pem', type: 'sec1' }), { mode: 0o600 })
  return file
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

const dayMs = 24 * 3600 * 1000
const validity = () => ({ notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + dayMs) })

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host)

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}

async function writePair(folder: string, name: string, certificate: string, key: string): Promise<KeyPair> {
  const pair = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) }
  await writeFile(pair.certificate, certificate)
  await writeFile(pair.key, key, { mode: 0o600 })
  return pair
}
