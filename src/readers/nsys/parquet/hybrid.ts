/**
 * Parquet's run-length / bit-packed hybrid: definition levels and dictionary indices.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#run-length-encoding--bit-packing-hybrid-rle--3
 * Our own, because hyparquet's trusts run lengths: a damaged run of 2^30 fills memory.
 */

/** Decodes exactly `count` values of `width` bits from `bytes`; throws RangeError where the runs do not fill them. */
export function decodeHybrid(bytes: Uint8Array, width: number, count: number): Int32Array {
  const out = new Int32Array(count)
  let at = 0
  let filled = 0
  while (filled < count) {
    let header = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined || shift > 28) throw new RangeError('run header cut short')
      header |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    const length = header >>> 1
    if (length === 0) throw new RangeError('empty run')
    if ((header & 1) === 0) {
      const bytesOfValue = (width + 7) >> 3
      if (at + bytesOfValue > bytes.length) throw new RangeError('run value cut short')
      let value = 0
      for (let byte = 0; byte < bytesOfValue; byte++) value |= (bytes[at++] ?? 0) << (byte * 8)
      const end = Math.min(count, filled + length)
      out.fill(value, filled, end)
      filled = end
    } else {
      const end = Math.min(count, filled + length * 8)
      unpack(bytes, at, width, out, filled, end)
      at += length * width
      filled = end
    }
  }
  return out
}

function unpack(bytes: Uint8Array, from: number, width: number, out: Int32Array, first: number, end: number): void {
  if (from + Math.ceil(((end - first) * width) / 8) > bytes.length) throw new RangeError('packed run cut short')
  let bit = from * 8
  for (let row = first; row < end; row++) {
    let value = 0
    for (let taken = 0; taken < width; ) {
      const offset = bit & 7
      const step = Math.min(8 - offset, width - taken)
      // In bounds: the length was checked above.
      value |= (((bytes[bit >> 3] as number) >> offset) & ((1 << step) - 1)) << taken
      taken += step
      bit += step
    }
    out[row] = value
  }
}
