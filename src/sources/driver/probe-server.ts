/**
 * The probe: a stream of moments from this thread to each driver thread, over loopback TCP. A moment is read right before it is written,
 * so that what a driver thread sees between the two is its own lateness: its loop, its place in the queue of the system, everything
 * that a token's bytes also wait for.
 */
import { createServer, type Server, type Socket } from 'node:net'
import type { DriverClock } from './driver-clock.ts'
import { probeIntervalNs, probeWeight } from './probe-pace.ts'

/** Of a message: the moment in ns after the origin, and what the sample weighs; two doubles. */
export const PROBE_BYTES = 16

export class ProbeServer {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #timer: NodeJS.Timeout | undefined

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => {
      socket.setNoDelay(true)
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => socket.destroy())
    })
  }

  static open(): Promise<ProbeServer> {
    return new Promise((fulfil, reject) => {
      const server = createServer()
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => fulfil(new ProbeServer(server)))
    })
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the probe has no port')
    return address.port
  }

  /** For the length of a phase. */
  start(clock: DriverClock): void {
    this.stop()
    const startNs = clock.nowNs()
    const next = (): void => {
      const intervalNs = probeIntervalNs(clock.nowNs() - startNs)
      this.#timer = setTimeout(() => {
        this.#send(clock, probeWeight(intervalNs))
        next()
      }, intervalNs / 1e6)
    }
    next()
  }

  #send(clock: DriverClock, weight: number): void {
    for (const socket of this.#sockets) {
      // A thread that does not read must not fill our memory; its missing samples are seen.
      if (socket.writableLength > 4096) continue
      const message = Buffer.allocUnsafe(PROBE_BYTES)
      message.writeDoubleLE(weight, 8)
      message.writeDoubleLE(clock.nowNs(), 0)
      socket.write(message)
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  close(): void {
    this.stop()
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }
}
