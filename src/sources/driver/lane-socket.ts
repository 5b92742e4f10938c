/**
 * The connection of a lane: a TCP socket whose bytes come in one buffer that all lanes of the thread share, and go to undici in the same
 * turn. Node's own way allocates 64 KiB for each read, queues the chunk and tells of it a tick later; with a read for every token that
 * was a quarter of the client's CPU. https://nodejs.org/docs/latest-v20.x/api/net.html#netcreateconnectionoptions-connectlistener
 * (`onread`). https:// goes undici's way.
 */
import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net'
import { buildConnector, errors } from 'undici'

/** What undici gives a socket to read at once; a longer burst is several reads. */
const READ_BYTES = 64 * 1024
/** As undici's own connections. */
const KEEP_ALIVE_MS = 60_000

export class LaneSocket extends Socket {
  /** Bytes that nobody has taken yet: within the shared buffer only while `readable` is told. */
  #pending: Buffer | undefined

  constructor(shared: Uint8Array) {
    // `net.connect` hands the option to this constructor, whose type does not name it.
    const options: SocketConstructorOpts & ConnectOpts = {
      onread: {
        buffer: shared,
        callback: (length) => {
          this.#arrived(Buffer.from(shared.buffer, shared.byteOffset, length))
          return true
        },
      },
    }
    super(options)
  }

  #arrived(bytes: Buffer): void {
    this.#pending = this.#pending === undefined ? bytes : Buffer.concat([this.#pending, bytes])
    this.emit('readable')
    // Whoever did not take them now finds a copy later: the next read overwrites the buffer.
    if (this.#pending === bytes) this.#pending = Buffer.from(bytes)
  }

  override read(size?: number): unknown {
    const pending = this.#pending
    if (pending === undefined || size === 0) return super.read(size)
    this.#pending = undefined
    return pending
  }
}

/** For one thread: its buffer is shared by all sockets that it opens. */
export function laneConnector(timeoutMs: number): buildConnector.connector {
  const shared = new Uint8Array(READ_BYTES)
  const secure = buildConnector({ timeout: timeoutMs })
  return (options, callback) => {
    if (options.protocol === 'https:') secure(options, callback)
    else connectPlain(new LaneSocket(shared), options, timeoutMs, callback)
  }
}

function connectPlain(socket: LaneSocket, options: buildConnector.Options, timeoutMs: number, callback: buildConnector.Callback): void {
  const { hostname } = options
  // An absent port is empty.
  const port = options.port === '' ? 80 : Number(options.port)
  const timer = setTimeout(() => {
    socket.destroy(new errors.ConnectTimeoutError(`no connection to ${hostname}:${port} within ${timeoutMs} ms`))
  }, timeoutMs)
  let isSettled = false
  const settle = (): boolean => {
    clearTimeout(timer)
    const wasSettled = isSettled
    isSettled = true
    return !wasSettled
  }
  socket.setNoDelay(true)
  socket.setKeepAlive(true, KEEP_ALIVE_MS)
  socket.once('connect', () => {
    if (settle()) callback(null, socket)
  })
  // Stays for the life of the socket: undici adds its own once it has it.
  socket.on('error', (error) => {
    if (settle()) callback(error, null)
  })
  socket.connect({ host: hostname, port, ...(options.localAddress ? { localAddress: options.localAddress } : {}) })
}
