/** Doubles in a buffer that grows; read `values[0, length)`. */
export class NumberList {
  values = new Float64Array(1024)
  length = 0

  add(value: number): void {
    if (this.length === this.values.length) {
      const grown = new Float64Array(this.values.length * 2)
      grown.set(this.values)
      this.values = grown
    }
    this.values[this.length++] = value
  }

  /** The first `count` of `values`. */
  addAll(values: Float64Array, count: number): void {
    if (this.length + count > this.values.length) {
      const grown = new Float64Array(Math.max(this.values.length * 2, this.length + count))
      grown.set(this.values)
      this.values = grown
    }
    this.values.set(values.subarray(0, count), this.length)
    this.length += count
  }
}
