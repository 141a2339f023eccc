// Starts the official PLC directory and PDS on the loopback and says where, as one line of JSON on standard output.
// usage: node serve.js INSTALL_FOLDER DATA_FOLDER        (stops on SIGTERM, or when its standard input is closed)
'use strict'
const { createRequire } = require('node:module')
const { randomBytes } = require('node:crypto')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')

const [install, data] = process.argv.slice(2).map((one) => path.resolve(one))
const installed = createRequire(path.join(install, 'package.json'))

// Neither package lets its listener be told a host, so every server of this process is held to the loopback here.
const listenAnywhere = net.Server.prototype.listen
net.Server.prototype.listen = function listenOnLoopback(first, ...others) {
  const wanted = typeof first === 'object' ? first : { port: Number(first) }
  const ready = others.find((one) => typeof one === 'function')
  return listenAnywhere.call(this, { ...wanted, host: '127.0.0.1' }, ready)
}

function freePort() {
  const probe = net.createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

async function startDirectory() {
  const { Database, PlcServer } = installed('@did-plc/server')
  const port = await freePort()
  const server = PlcServer.create({ db: Database.mock(), port })
  await server.start()
  return { server, url: `http://127.0.0.1:${port}` }
}

async function startPds(directoryUrl) {
  const { PDS, envToCfg, envToSecrets } = installed('@atproto/pds')
  const port = await freePort()
  const settings = {
    port,
    hostname: 'localhost',
    devMode: true,
    dataDirectory: data,
    blobstoreDiskLocation: path.join(data, 'blobs'),
    didPlcUrl: directoryUrl,
    // Nothing outside is ever asked: these two must merely be set.
    bskyAppViewUrl: 'https://appview.invalid',
    bskyAppViewDid: 'did:web:appview.invalid',
    modServiceUrl: 'https://moderation.invalid',
    modServiceDid: 'did:web:moderation.invalid',
    serviceHandleDomains: ['.test'],
    inviteRequired: false,
    disableSsrfProtection: true,
    rateLimitsEnabled: false,
    adminPassword: randomBytes(16).toString('hex'),
    jwtSecret: randomBytes(16).toString('hex'),
    plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
  }
  const server = await PDS.create(envToCfg(settings), envToSecrets(settings))
  await server.start()
  return { server, url: `http://127.0.0.1:${port}` }
}

async function main() {
  fs.mkdirSync(data, { recursive: true })
  const directory = await startDirectory()
  const pds = await startPds(directory.url)
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await pds.server.destroy()
    await directory.server.destroy()
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.stdin.on('end', stop).resume() // so that no server outlives a killed test run
  process.stdout.write(`${JSON.stringify({ portevoix: 'ready', pds: pds.url, plc: directory.url })}\n`)
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
