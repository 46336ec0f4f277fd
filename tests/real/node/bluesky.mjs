// Runs a whole Bluesky network on loopback: directory (PLC), account server (PDS), application view, and moderation.
// usage: node bluesky.mjs FOLDER-WITH-NODE_MODULES; DB_POSTGRES_URL, DB_POSTGRES_SCHEMA, REDIS_HOST and CHAT_URL are
// in the environment. One line of JSON says where everything is; the network serves until SIGTERM.
import net from 'node:net'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

process.env.NODE_ENV ||= 'test'
process.env.LOG_ENABLED ||= 'false'

// The servers would listen on every interface of the machine.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (where, ...rest) {
  if (typeof where === 'object' && where?.port !== undefined) where = { ...where, host: '127.0.0.1' }
  else if (typeof where === 'number') rest = ['127.0.0.1', ...rest.filter((one) => typeof one !== 'string')]
  return listen.call(this, where, ...rest)
}

function freePort() {
  return new Promise((found) => {
    const probe = net.createServer().listen(0, () => {
      const { port } = probe.address()
      probe.close(() => found(port))
    })
  })
}

const library = path.join(process.argv[2], 'node_modules/@atproto/dev-env/dist/index.js')
const { TestNetwork, createDidAndKey, mockMailer } = await import(pathToFileURL(library))
const view = await freePort()
const network = await TestNetwork.create({
  plc: { port: await freePort() },
  pds: { port: await freePort(), hostname: 'localhost', enableDidDocWithSession: true },
  // The address stands in the links to pictures.
  bsky: { port: view, dbPostgresSchema: process.env.DB_POSTGRES_SCHEMA, publicUrl: `http://localhost:${view}` },
})
mockMailer(network.pds)

// Bluesky's chat service is not public; a stand-in is made known under a DID, so that the account server signs and
// passes on what is meant for it.
const chat = await createDidAndKey({ plcUrl: network.plc.url, handle: 'chat.test', pds: process.env.CHAT_URL })
await network.plc.getClient().updateData(chat.did, chat.key, (known) => {
  known.services.bsky_chat = { type: 'BskyChatService', endpoint: process.env.CHAT_URL }
  return known
})

const said = { ready: true, pds: network.pds.url, view: network.bsky.url, viewDid: network.bsky.serverDid, chat: chat.did }
process.stdout.write(`${JSON.stringify(said)}\n`)
process.on('SIGTERM', () => network.close().finally(() => process.exit(0)))
