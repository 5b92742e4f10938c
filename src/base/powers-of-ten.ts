/** 10^0 to 10^22: all powers of ten that a double holds exactly, so that one division by them is correctly rounded (Clinger's fast path). */
export const powersOfTen = Float64Array.from({ length: 23 }, (_, index) => 10 ** index)
